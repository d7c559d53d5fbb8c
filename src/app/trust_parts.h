// The parts of trust, put together for `serve`: who asks, what they may, what is written down of it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/audit_parts.h"
#include "app/command_line.h"
#include "base/workbench.h"
#include "gateway/guard/guard.h"
#include "gateway/guard/limits.h"
#include "gateway/http/address_rules.h"
#include "gateway/http/client.h"
#include "gateway/http/http.h"
#include "gateway/oidc/provider.h"
#include "gateway/oidc/relying_party.h"
#include "gateway/openapi/document.h"
#include "gateway/sign_in/authenticators.h"
#include "store/store.h"
#include "trust/consent/consents.h"
#include "trust/consent/emergencies.h"
#include "trust/policy/authority.h"
#include "trust/policy/directory.h"
#include "trust/sign_in/sign_in.h"
#include "trust/tenants/tenants.h"

namespace tsunagu::app {

struct TrustOptions {
  std::string auth = "auto";
  gateway::Limits::Options limits;
  AuditSettings audit;
  std::string demonstration;                   ///< file of demonstration accounts; "": none
  std::vector<std::string> card_ca, card_crl;  ///< files; no CA: nobody signs in by card
  std::vector<std::string> allowed_addresses;
  std::string providers;      ///< file of other providers to sign in by; "": none

  // Of serve.
  std::string data, public_url;
  bool loopback = true;
  std::vector<std::string> origins;
};
void add_trust_options(CommandLine& command, TrustOptions& options);

/// The store outlives it; it outlives the server.
class TrustParts {
 public:
  /// Decides whether sign-in is on: --auth=on; or auto, and the data folder has an account or the address is reached
  /// from outside. InvalidRequest for --auth=none on such an address.
  static Result<std::unique_ptr<TrustParts>> make(store::Store& store, TrustOptions options);
  ~TrustParts();

  bool on() const { return on_; }
  const gateway::Guard& guard() const { return *guard_; }
  const trust::Authority& authority() const { return *authority_; }
  trust::Auditor& auditor() { return *auditor_; }
  /// Of devices and programs. They can be made, but nobody asks for them, when sign-in is off.
  trust::AccessKeys& keys() { return sign_in_->keys(); }
  /// Is there such an account, of this tenant, that may sign in? Everybody is somebody when sign-in is off.
  bool known(std::string_view account, std::string_view tenant) const;
  /// May the subject still come: is their account or key still there, and not turned off?
  bool in_force(const trust::Subject& subject) const;
  /// Are entities of the type about persons, as the policies of the tenant say?
  bool personal(store::TenantId tenant, ngsi::TermId type) const;
  /// Where the program may connect to because somebody asked for it, and who does that.
  const gateway::AddressRules& rules() const { return rules_; }
  gateway::HttpClient& client() { return *client_; }

  void add_routes(gateway::Router& router, gateway::openapi::Document& document, Workbench& workbench);
  /// After the server has stopped, before the store does.
  void stop();

 private:
  TrustParts(store::Store& store, TrustOptions options, std::unique_ptr<AuditParts> audit,
             std::shared_ptr<const trust::CardVerifier> cards);
  gateway::LogPeople people() const;
  Result<void> add_sign_in();
  Result<void> add_openid();
  void add_guard();

  store::Store& store_;
  const TrustOptions options_;
  const bool on_;
  // In the order of their making.
  std::unique_ptr<trust::Authority> authority_;
  trust::PolicyAuthority* policies_ = nullptr;  // the same, when sign-in is on
  std::unique_ptr<trust::Directory> directory_;
  std::unique_ptr<AuditParts> audit_;  // null: sign-in is off, nothing is logged
  trust::NoAuditor no_auditor_;
  trust::Auditor* auditor_ = &no_auditor_;
  std::unique_ptr<trust::Consents> consents_;
  std::unique_ptr<trust::Emergencies> emergencies_;
  std::vector<gateway::Authenticator*> authenticators_;
  std::unique_ptr<trust::SignIn> sign_in_;
  gateway::SignInCookies cookies_;
  std::vector<std::unique_ptr<gateway::Authenticator>> own_authenticators_;
  gateway::AddressRules rules_;
  std::unique_ptr<gateway::HttpClient> client_;
  std::vector<std::pair<std::string, std::string>> provider_titles_;  // by key
  std::unique_ptr<gateway::oidc::RelyingParty> relying_party_;        // this and the next: null when sign-in is off
  std::unique_ptr<gateway::oidc::Provider> provider_;
  std::unique_ptr<trust::Tenants> tenants_;
  std::unique_ptr<gateway::Limits> limits_;
  std::unique_ptr<gateway::Guard> guard_;
};

}  // namespace tsunagu::app
