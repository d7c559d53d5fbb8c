// What the graph says about who may do what: policies, relations, consents, emergencies. Kept in memory, brought up to
// date with every change. No store in here, no clock.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "ngsi/record.h"
#include "trust/policy/policy.h"

namespace tsunagu::trust {

/// From when on until when (not included) something holds; kNoInstant: no border. What was written there and cannot be
/// read makes it hold never.
struct Validity {
  Instant from, until;
  bool broken = false;
  bool holds(Instant at) const {
    return !broken && (from == kNoInstant || from <= at) && (until == kNoInstant || at < until);
  }
  /// The next border behind `at`; kNoInstant: none.
  Instant next(Instant at) const;
};

struct Relation {
  std::string id, subject, relation, object, role;
  Validity valid;
  ActionSet allow = kAllActions;    ///< of a delegation: how far it goes
  std::vector<ngsi::TermId> types;  ///< the same; none: all
};
struct Consent {
  std::string id, person, to, purpose;
  std::vector<ngsi::TermId> types;  ///< sorted
  AttributeMask attributes;
  Validity valid;
};
struct Emergency {
  std::string id, subject, person;
  Validity valid;
};
using RelationPtr = std::shared_ptr<const Relation>;
using ConsentPtr = std::shared_ptr<const Consent>;
using EmergencyPtr = std::shared_ptr<const Emergency>;

/// Names of the entities that are read here, interned once.
struct TrustTerms {
  ngsi::TermId access_relation, consent, emergency_access, policy;
  ngsi::TermId subject, relation, object, role, valid_from, valid_until, allow, types;
  ngsi::TermId person, to, purpose, attributes, status, given_by, receipt, given_at, reason, supervisor, reviewed,
      review;
  ngsi::TermId text, name, location, territory, birth_date;
  static const TrustTerms& get();
};

/// The text of an attribute's default instance: string value, URI of a Relationship; "" when there is none.
std::string text_of(const ngsi::Record& record, ngsi::TermId attribute);
/// The texts of a value that is a list, or one text.
std::vector<std::string> texts_of(const ngsi::Record& record, ngsi::TermId attribute);
/// A name to show in a language ("ja", "en"): of a LanguageProperty or Property `name`.
std::string name_of(const ngsi::Record& record, std::string_view language);
Validity validity_of(const ngsi::Record& record);

std::optional<Relation> read_relation(const ngsi::Record& record);
std::optional<Consent> read_consent(const ngsi::Record& record);
std::optional<Emergency> read_emergency(const ngsi::Record& record);
/// "region" of urn:ngsi-ld:Policy:region.
std::string policy_name(std::string_view id);
std::string policy_id(std::string_view name);

/// Of one tenant. Not thread-safe.
class Facts {
 public:
  /// A change of an entity: null when it did not, or does not exist. Answers whether it mattered; then `touched`
  /// receives the subjects (persons, bodies) for whom something changed; "" for everybody (a policy).
  bool take(const ngsi::Record* before, const ngsi::Record* after, std::vector<std::string>& touched);
  /// Does `record` matter here?
  static bool concerns(const ngsi::Record& record);

  const std::map<std::string, PolicyPtr, std::less<>>& policies() const { return policies_; }
  /// The policies, with `policy` in the place of that of its name; nothing else.
  Facts policies_with(PolicyPtr policy) const;
  /// Is there any active policy, even one that cannot be read?
  bool has_policies() const { return !active_.empty(); }

  const std::vector<RelationPtr>& relations_of(std::string_view subject) const;  ///< by subject
  const std::vector<RelationPtr>& relations_to(std::string_view object) const;   ///< by object
  const std::vector<ConsentPtr>& consents_to(std::string_view receiver) const;
  const std::vector<EmergencyPtr>& emergencies_of(std::string_view subject) const;
  /// Bodies in which somebody has one of these roles (none: any) at that instant.
  std::vector<std::string> bodies_with(const std::vector<std::string>& roles, Instant at) const;
  /// Geometry (canonical GeoJSON) of a body's area: its GeoProperty `territory`; "" for none.
  std::string_view area_of(std::string_view body) const;

 private:
  template <class T>
  using Index = std::unordered_map<std::string, std::vector<std::shared_ptr<const T>>>;

  std::map<std::string, PolicyPtr, std::less<>> policies_;
  std::set<std::string, std::less<>> active_;  // names of policies, also of those that cannot be read
  Index<Relation> by_subject_, by_object_;
  Index<Consent> consents_;
  Index<Emergency> emergencies_;
  std::unordered_map<std::string, std::string> areas_;
};

}  // namespace tsunagu::trust
