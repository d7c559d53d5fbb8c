// Consents: who may use what of a person, for what and until when. Given, narrowed and withdrawn by the person, or by
// the guardian of one who is too young; kept as `Consent` entities, so that policies see a change with the write.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trust/audit/record.h"
#include "trust/keys.h"
#include "trust/policy/directory.h"

namespace tsunagu::trust {

struct ConsentView {
  std::string id;
  Named person, to;
  std::string purpose;
  std::vector<std::string> types;                      ///< names
  std::optional<std::vector<std::string>> attributes;  ///< names; none: all
  std::string status;                                  ///< "given" or "withdrawn"
  Instant given, until;                                ///< until: kNoInstant: until it is withdrawn
  Named given_by;
};

struct ConsentDraft {
  std::string person;  ///< "": the subject
  std::string to, purpose;
  std::vector<std::string> types;
  std::optional<std::vector<std::string>> attributes;
  Instant until;
};
/// What is to be left; what is not given stays.
struct ConsentChange {
  std::optional<std::vector<std::string>> types, attributes;
  std::optional<Instant> until;
};

/// Something one can consent to: a rule of a policy waits for it.
struct ConsentOffer {
  std::string to, purpose;
  std::vector<ngsi::TermId> types;
};

/// Who does it, from where: for the log.
struct Asking {
  SubjectPtr subject;
  store::TenantId tenant;
  std::string tenant_name, request, peer;
};

/// Thread-safe. `done` is called from a thread of the store or of the log, after both have it on disk.
class Consents {
 public:
  using Done = std::function<void(Result<ConsentView>)>;
  /// All outlive it, and the store is stopped before it ends.
  Consents(store::Store& store, const PolicyAuthority& authority, const Directory& directory, Auditor& auditor,
           SigningKey key, PolicyAuthority::Clock clock = {});

  /// Of the subject and of those they guard, newest first; those of the person for whom a delegate acts.
  std::vector<ConsentView> of(const Asking& asking) const;
  /// Receivers, purposes and types for which a consent changes something.
  std::vector<ConsentOffer> offers(store::TenantId tenant) const;
  /// Persons for whom the subject may decide: themselves, and those they guard.
  std::vector<Named> persons(const Asking& asking) const;

  /// BadRequestData when nothing waits for such a consent; Forbidden when the subject may not decide for the person.
  void give(const Asking& asking, ConsentDraft draft, Done done);
  /// ResourceNotFound for a consent that they may not see; BadRequestData when it would grow; Conflict when it does not
  /// hold any more.
  void narrow(const Asking& asking, const std::string& id, ConsentChange change, Done done);
  void withdraw(const Asking& asking, const std::string& id, Done done);
  /// JSON: {"receipt":{…},"jws":"…","key":"…PEM"}: what was agreed, in the members of Kantara's Consent Receipt 1.1 and
  /// with what ISO/IEC 29184 wants told, signed (JWS compact, EdDSA, RFC 8037).
  Result<std::string> receipt(const Asking& asking, const std::string& id) const;

 private:
  Result<void> may_decide(const Asking& asking, std::string_view person) const;
  Result<ngsi::RecordPtr> own(const Asking& asking, const std::string& id) const;
  ConsentView view(const ngsi::Record& record, store::TenantId tenant) const;
  std::string signed_receipt(const ConsentView& consent, store::TenantId tenant, std::string_view event) const;
  void write(const Asking& asking, std::string action, ConsentView wanted, bool is_new, Done done);

  store::Store& store_;
  const PolicyAuthority& authority_;
  const Directory& directory_;
  Auditor& auditor_;
  const SigningKey key_;
  const PolicyAuthority::Clock clock_;
};

/// "HealthObservation" of the core @context, or the IRI.
std::string short_name(ngsi::TermId term);

}  // namespace tsunagu::trust
