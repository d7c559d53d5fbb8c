// What the audit log says of one event.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/subject.h"

namespace tsunagu::trust {

enum class AuditKind : std::uint8_t {
  kAccess,     ///< personal data was given out or changed
  kDenied,     ///< a request was refused because of who asked
  kSignIn,     ///< somebody signed in, or tried to (outcome)
  kSignOut,    ///< also a session that was revoked
  kAccount,    ///< an account, its keys, its delegates changed
  kPolicy,     ///< a policy changed
  kConsent,    ///< given, narrowed, withdrawn
  kEmergency,  ///< break-glass begun, reviewed, ended
  kTenant,     ///< a tenant was made or changed
  kOperation,  ///< keys turned over, log exported, retention …
};
std::string_view name(AuditKind kind);  ///< "access", "denied", …
std::optional<AuditKind> audit_kind(std::string_view name);

struct AuditRecord {
  AuditKind kind = AuditKind::kAccess;
  Instant at;           ///< kNoInstant: when it is written
  SubjectPtr subject;   ///< who
  std::string action;   ///< "read", "history", "notice", "create", …; of others what happened: "password", "withdraw"
  std::string purpose;  ///< that they named; "" for none
  std::string tenant;
  std::string rule;                     ///< "policy/rule", and behind a space what made it hold; "" for none
  std::string request;                  ///< method and path, without secrets
  std::string peer;                     ///< address they came from
  std::string outcome;                  ///< "ok", or why not
  std::vector<std::string> persons;     ///< URNs of those whose data it was
  std::vector<std::string> entities;    ///< URNs; of very many the first 1,000
  std::uint64_t count = 0;              ///< entities in all
  std::vector<std::string> attributes;  ///< names (expanded), when not all
  std::string detail;                   ///< free text, for a person: a reason given
};

/// A record as JSON, in two parts: who asks, asks again, so the log writes the first part once and refers to it.
struct RecordText {
  std::string common;  ///< members that are the same for much that one subject does: kind, action, subject, … rule
  std::string own;     ///< the other members: request, persons, entities, …
};
/// Members of canonical JSON with commas between them, without what is empty, and without `at`: that is the line's. Bytes
/// that are no UTF-8 become U+FFFD. About 0.3 µs.
void print(const AuditRecord& record, RecordText& to);
/// One object of both parts.
std::string print(const AuditRecord& record);
/// What print() printed; members it does not know are passed over. `like` holds what is not said of RecordText::common.
/// BadRequestData.
Result<AuditRecord> read_record(std::string_view json, Instant at, const AuditRecord* like = nullptr);

/// A record as it stands in the log.
struct AuditEvent {
  std::uint64_t number = 0;  ///< of its line
  AuditRecord record;
};

/// Takes records. Thread-safe.
class Auditor {
 public:
  virtual ~Auditor() = default;
  using Done = std::function<void(Result<void>)>;
  /// `done` (may be empty) is called when the record can no more be lost by a crash of the program, or with why not:
  /// then what it is about must not happen. May be called at once.
  virtual void record(AuditRecord record, Done done) = 0;
};

/// Keeps nothing: --auth=none.
class NoAuditor final : public Auditor {
 public:
  void record(AuditRecord, Done done) override {
    if (done) done({});
  }
};

}  // namespace tsunagu::trust
