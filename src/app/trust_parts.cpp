#include "app/trust_parts.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "base/json_object.h"
#include "base/log.h"
#include "gateway/http/client.h"
#include "gateway/sign_in/routes.h"
#include "gateway/tenants/routes.h"
#include "gateway/trust/consent_routes.h"
#include "gateway/trust/policy_routes.h"
#include "trust/policy/shipped.h"
#include "trust/sign_in/demonstration.h"

namespace tsunagu::app {
namespace {

constexpr store::TenantId kSystemTenant{};

bool has_accounts(const store::Store& store) {
  return !store.documents(kSystemTenant, "trust.accounts").empty();
}

/// DATA/trust, for its owner only.
Result<void> make_trust_folder(const std::string& data) {
  const std::filesystem::path folder = std::filesystem::path(data) / "trust";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(ErrorCode::kReadOnly, folder.string() + ": " + error.message());
  return {};
}

/// Null when no authority is named. Asks responders for itself.
Result<std::shared_ptr<const trust::CardVerifier>> open_cards(const TrustOptions& options) {
  if (options.card_ca.empty()) return nullptr;
  trust::CardOptions cards;
  cards.ca_files.assign(options.card_ca.begin(), options.card_ca.end());
  cards.crl_files.assign(options.card_crl.begin(), options.card_crl.end());
  cards.fetch = [client = std::make_shared<gateway::HttpClient>()](std::string url, std::string body,
                                                                   std::function<void(Result<std::string>)> done) {
    gateway::FetchOptions fetch;
    fetch.method = "POST";
    fetch.headers = {{"Content-Type", "application/ocsp-request"}};
    fetch.body = std::move(body);
    fetch.max_bytes = 64u << 10;
    fetch.max_redirects = 0;
    client->fetch(std::move(url), std::move(fetch), [done = std::move(done)](gateway::FetchResult answer) {
      if (!answer) return done(tl::unexpected(answer.error()));
      if (answer->status != 200) return done(fail(ErrorCode::kUnavailable, "the responder refuses"));
      done(std::move(answer->body));
    });
  };
  auto opened = trust::CardVerifier::open(std::move(cards));
  if (!opened) return tl::unexpected(opened.error());
  return std::shared_ptr<const trust::CardVerifier>(std::move(*opened));
}

}  // namespace

void add_trust_options(CommandLine& command, TrustOptions& options) {
  command
      .option("--auth", options.auth,
              "on: people sign in. none: everybody may do everything, on loopback only. auto: on as soon as the data "
              "folder has an account (tsunagu account add) or the address is reached from outside")
      .one_of({"auto", "on", "none"});
  command.option("--subject-requests", options.limits.subject,
                 "Requests a minute from one account (429 beyond); 0: no limit");
  command.option("--device-requests", options.limits.device, "Requests a minute from one device; 0: no limit");
  command.option("--visitor-requests", options.limits.address,
                 "Requests a minute from one address without sign-in; 0: no limit");
  command.option("--card-ca", options.card_ca,
                 "File (PEM) of an authority whose cards people may sign in with; repeatable");
  command.option(
      "--card-crl", options.card_crl,
      "File (PEM) of revoked cards, read again when it changes; repeatable. Without one, the responder named "
      "in the card is asked (OCSP)");
  add_audit_settings(command, options.audit);
  command.option("--providers", options.providers,
                 "File (TOML) of other providers by which people may sign in (docs/openid.md)");
  command.option(
      "--allow-address", options.allowed_addresses,
      "Address or range (10.1.0.0/16) inside your network that this server may connect to when somebody asks "
      "for it: endpoints, @contexts, providers; repeatable. Without sign-in all may");
  command.option("--demonstration", options.demonstration, "File (TOML) of demonstration accounts to be made");
}

Result<std::unique_ptr<TrustParts>> TrustParts::make(store::Store& store, TrustOptions options) {
  if (options.auth == "none" && !options.loopback) {
    return fail(ErrorCode::kInvalidRequest,
                "--auth=none is for loopback only (--listen 127.0.0.1:PORT): anybody could read and change everything");
  }
  const bool on =
      options.auth == "on" ||
      (options.auth == "auto" && (!options.loopback || has_accounts(store) || !options.demonstration.empty()));
  if (!on) {
    log::warn(
        "Sign-in is off: everybody on this machine may read and change everything. Make an account (tsunagu "
        "account add) or start with --auth=on to turn it on.");
  }
  std::unique_ptr<AuditParts> audit;
  if (on) {
    if (auto folder = make_trust_folder(options.data); !folder) return tl::unexpected(folder.error());
    if (auto installed = trust::install_policies(store); !installed) return tl::unexpected(installed.error());
    auto opened = AuditParts::open(store, options.data, options.audit);
    if (!opened) return tl::unexpected(opened.error());
    audit = std::move(*opened);
  }
  auto cards = open_cards(options);
  if (!cards) return tl::unexpected(cards.error());
  std::unique_ptr<TrustParts> parts(new TrustParts(store, std::move(options), std::move(audit), std::move(*cards)));
  if (on) {
    if (auto added = parts->add_sign_in(); !added) return tl::unexpected(added.error());
  }
  if (auto added = parts->add_openid(); !added) return tl::unexpected(added.error());
  parts->add_guard();
  return parts;
}

Result<void> TrustParts::add_sign_in() {
  const auto file = std::filesystem::path(options_.data) / "trust" / "operator.key";
  if (auto key = sign_in_->keys().open_or_make_operator_key(file, now()); !key) return tl::unexpected(key.error());
  // Where commands on the data folder find this server.
  std::ofstream(file.parent_path() / "server.url", std::ios::trunc) << options_.public_url << '\n';
  if (options_.demonstration.empty()) return {};
  std::ifstream in(options_.demonstration, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(ErrorCode::kInvalidRequest, options_.demonstration + ": " + std::strerror(errno));
  auto wanted = trust::read_demonstration(text, options_.demonstration);
  if (!wanted) return tl::unexpected(wanted.error());
  std::promise<Result<void>> made;
  trust::make_demonstration(sign_in_->accounts(), std::move(*wanted),
                            [&made](const Result<void>& done) { made.set_value(done); });
  return made.get_future().get();
}

TrustParts::TrustParts(store::Store& store, TrustOptions options, std::unique_ptr<AuditParts> audit,
                       std::shared_ptr<const trust::CardVerifier> cards)
    : store_(store),
      options_(std::move(options)),
      on_(audit != nullptr),
      audit_(std::move(audit)),
      cookies_(options_.public_url) {
  if (on_) {
    auto policies = std::make_unique<trust::PolicyAuthority>(store_);
    policies_ = policies.get();
    authority_ = std::move(policies);
    directory_ = std::make_unique<trust::Directory>(*policies_, store_);
    auditor_ = &audit_->trail();
    consents_ =
        std::make_unique<trust::Consents>(store_, *policies_, *directory_, *auditor_, audit_->trail().log().key());
    emergencies_ = std::make_unique<trust::Emergencies>(store_, *policies_, *directory_, *auditor_);
  } else {
    authority_ = std::make_unique<trust::OpenAuthority>();
  }
  trust::SignInOptions sign_in;
  sign_in.public_url = options_.public_url;
  sign_in.cards = std::move(cards);
  sign_in_ = std::make_unique<trust::SignIn>(store_, *auditor_, std::move(sign_in));
  own_authenticators_.push_back(std::make_unique<gateway::CertificateAuthenticator>(sign_in_->keys()));
  own_authenticators_.push_back(std::make_unique<gateway::KeyAuthenticator>(sign_in_->keys()));
  own_authenticators_.push_back(std::make_unique<gateway::SessionAuthenticator>(sign_in_->sessions(), cookies_));
  for (const auto& each : own_authenticators_) authenticators_.push_back(each.get());
  tenants_ = std::make_unique<trust::Tenants>(store_, sign_in_->accounts());
  limits_ = std::make_unique<gateway::Limits>(store_, tenants_->quotas(), options_.limits);
}

Result<void> TrustParts::add_openid() {
  if (on_) {
    auto rules = gateway::AddressRules::public_and(options_.allowed_addresses);
    if (!rules) return tl::unexpected(rules.error());
    rules_ = std::move(*rules);
  }
  client_ = std::make_unique<gateway::HttpClient>(rules_);
  if (!on_) return {};
  gateway::oidc::RelyingPartyOptions others;
  others.site = options_.public_url;
  others.session_cookie = [this](std::string_view token) { return cookies_.set_session(token); };
  if (!options_.providers.empty()) {
    auto providers = gateway::oidc::read_providers_file(options_.providers);
    if (!providers) return tl::unexpected(providers.error());
    for (const auto& each : *providers) provider_titles_.emplace_back(each.key, each.title_ja);
    others.providers = std::move(*providers);
  }
  relying_party_ = std::make_unique<gateway::oidc::RelyingParty>(sign_in_->accounts(), sign_in_->sessions(), *auditor_,
                                                                 *client_, std::move(others));
  auto provider = gateway::oidc::Provider::make(
      store_, sign_in_->accounts(), sign_in_->sessions(), *auditor_,
      {options_.public_url, std::filesystem::path(options_.data) / "trust" / "tokens.jwk"});
  if (!provider) return tl::unexpected(provider.error());
  provider_ = std::move(*provider);
  authenticators_.push_back(&relying_party_->bearer());
  authenticators_.push_back(&provider_->bearer());  // last: it refuses every bearer that nobody knows
  return {};
}

void TrustParts::add_guard() {
  guard_ = std::make_unique<gateway::Guard>(*authority_, *auditor_, authenticators_,
                                            gateway::Guard::Options{!on_, options_.origins, limits_.get(), &store_});
}

TrustParts::~TrustParts() = default;

void TrustParts::add_routes(gateway::Router& router, gateway::openapi::Document& document, Workbench& workbench) {
  gateway::add_sign_in_routes(
      router, document,
      {*sign_in_, directory_.get(), cookies_, store_, options_.loopback, [this] { return provider_titles_; }});
  gateway::add_tenant_routes(router, document, {store_, *tenants_, *authority_, *auditor_});
  if (!on_) return;
  audit_->add_routes(router, document, *authority_, people());
  relying_party_->add_routes(router, document);
  provider_->add_routes(router, document);
  gateway::add_consent_routes(router, document, store_, *consents_, *policies_, *directory_);
  gateway::add_emergency_routes(router, document, store_, *emergencies_);
  gateway::add_policy_routes(router, document, {store_, *policies_, *auditor_, &audit_->trail(), workbench});
}

bool TrustParts::known(std::string_view account, std::string_view tenant) const {
  if (!on_) return true;
  const auto found = sign_in_->accounts().find(account);
  return found && !found->disabled && found->tenant == tenant;
}

bool TrustParts::in_force(const trust::Subject& subject) const {
  using Kind = trust::SubjectKind;
  if (!on_ || subject.kind == Kind::kSystem || subject.kind == Kind::kAnonymous) return true;
  if (subject.account.empty()) return sign_in_->keys().any_of(subject, now());
  if (subject.kind == Kind::kProgram) return provider_ && provider_->knows(subject.account);
  const auto account = sign_in_->accounts().find(subject.account);
  return account && !account->disabled && account->subject == subject.id;
}

bool TrustParts::personal(store::TenantId tenant, ngsi::TermId type) const {
  if (policies_ == nullptr) return false;
  for (const trust::PolicyPtr& policy : policies_->policies(tenant)) {
    const auto& types = policy->personal;
    if (std::any_of(types.begin(), types.end(), [type](const auto& one) { return one.type == type; })) return true;
  }
  return false;
}

gateway::LogPeople TrustParts::people() const {
  gateway::LogPeople people;
  people.in_charge_of = [this](const trust::SubjectPtr& subject) {
    std::vector<std::string> persons;
    const auto tenant = store_.find_tenant(subject->tenant).value_or(kSystemTenant);
    for (const trust::Named& one : directory_->may_act_for(subject, tenant)) persons.push_back(one.id);
    for (const trust::Named& one : directory_->guards(subject, tenant)) persons.push_back(one.id);
    return persons;
  };
  people.body_of = [this](const trust::SubjectPtr& subject) {
    const auto roles = directory_->roles(subject, store_.find_tenant(subject->tenant).value_or(kSystemTenant));
    return roles.empty() ? std::string() : roles.front().body;
  };
  people.purpose_title = [this](std::string_view purpose) {
    std::string out;
    for (const trust::Purpose& one : directory_->all_purposes()) {
      if (one.key != purpose) continue;
      JsonObject title(out);
      title.text("ja", one.title.ja).text("en", one.title.en).text_if("easy", one.title.easy);
      title.end();
      break;
    }
    return out;
  };
  return people;
}

void TrustParts::stop() {
  client_->stop();
  sign_in_->stop();
}

}  // namespace tsunagu::app
