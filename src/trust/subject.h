// Who is asking.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tsunagu::trust {

/// Which kind of somebody. kSystem is the program itself and everybody under --auth=none: it may do everything.
enum class SubjectKind : std::uint8_t { kAnonymous, kResident, kStaff, kDevice, kProgram, kSystem };
std::string_view name(SubjectKind kind);  ///< "anonymous", "resident", …

/// How sure we are that it is them.
enum class Assurance : std::uint8_t {
  kNone = 0,
  kSingle = 1,  ///< a password, a key, another provider without more
  kStrong = 2,  ///< two factors, or a passkey
  kCard = 3,    ///< a card certificate
};

/// Somebody who asks. What they may do is not said here: roles, relations and consents are entities of the graph, and
/// change while a session lasts; see Authority.
struct Subject {
  SubjectKind kind = SubjectKind::kAnonymous;
  std::string id;       ///< URN of their entity, urn:ngsi-ld:Resident:…; "" when anonymous
  std::string tenant;   ///< that they belong to; "": the default one
  std::string name;     ///< to show
  std::string account;  ///< sign-in name; of a program its client id; "" when there is none
  std::string session;  ///< the session or token by which they came (an id to tell in logs, no secret); "" for none
  Assurance assurance = Assurance::kNone;
  std::string acts_for;  ///< URN of the person for whom a registered delegate acts; "" for nobody. What they may is
                         ///< then what that person may, as far as the delegation goes; logs name both
  std::string scopes;    ///< of an OAuth 2.0 token, separated by spaces: it may no more than these; "" for no limit
  Instant until;         ///< the session or token ends; kNoInstant: not known

  bool everything() const { return kind == SubjectKind::kSystem; }
};
using SubjectPtr = std::shared_ptr<const Subject>;

const SubjectPtr& nobody();     ///< the anonymous visitor
const SubjectPtr& everybody();  ///< kSystem

}  // namespace tsunagu::trust
