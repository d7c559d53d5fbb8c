// What one subject may do: policies, relations and consents, compiled for them, one purpose and one tenant. Asked for
// every entity that is read or written, so it has to be quick.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "ngsi/query.h"
#include "ngsi/record.h"
#include "trust/subject.h"

namespace tsunagu::trust {

/// What can be done with an entity. Bits, so that sets of them are numbers.
enum Action : std::uint8_t {
  kRead = 1,       ///< the present state, by every form of the API, also live streams
  kHistory = 2,    ///< the past
  kSubscribe = 4,  ///< to be told of changes by notices
  kCreate = 8,
  kUpdate = 16,  ///< attributes and history
  kDelete = 32,  ///< the entity, or what is remembered of it
};
using ActionSet = std::uint8_t;

/// Attributes that a rule allows. id, type, scope and times of the entity go with any of them.
struct AttributeMask {
  bool except = true;               ///< true: all but `names`; false: only `names`
  std::vector<ngsi::TermId> names;  ///< sorted
  bool allows(ngsi::TermId name) const;
  bool all() const { return except && names.empty(); }
};

/// Text → number, looked up without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
/// Persons or bodies that a grant is about, and what made it hold for them (place in Access::rules()).
using Objects = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

/// One rule as it holds for the subject.
struct Grant {
  std::uint32_t rule = 0;  ///< place in Access::rules()
  ActionSet actions = 0;
  /// Selects at least the entities that it is for: types (none: all), and ids, q, scope or geo by which a relation, a
  /// consent, an organisation or a place narrows them. No order. Never null.
  std::shared_ptr<const ngsi::Selection> where;
  AttributeMask attributes;

  // The exact test: all of these hold.
  std::vector<ngsi::TermId> types;         ///< sorted; every type of the entity is among them; none: any types …
  std::vector<ngsi::TermId> except_types;  ///< … but these; sorted
  bool by_objects = false;                 ///< it, or what `about` (kNoTerm: the id) names, is one of `objects`
  ngsi::TermId about;
  Objects objects;
  std::shared_ptr<const ngsi::Selection> filter;  ///< q, scope and place; null: none

  /// Is it for this entity? `because`: the place in Access::rules() of what made it hold.
  bool covers(const ngsi::Record& record, std::uint32_t& because) const;
};

/// Names what a decision is based on, for `explain` and the log.
struct RuleName {
  std::string policy, rule;
  std::string because;  ///< the relation, membership, consent or emergency entity that makes it hold (URN); "" for none
};

/// The answer for one action on one entity. Refers to the Access.
class Decision {
 public:
  bool allowed() const { return whole_ || !masks_.empty(); }
  /// Every attribute.
  bool whole() const { return whole_; }
  bool allows(ngsi::TermId attribute) const;
  /// The first rule that allowed it; only when allowed().
  std::uint32_t rule() const { return rule_; }

 private:
  friend class Access;
  bool whole_ = false;
  std::uint32_t rule_ = 0;
  std::vector<const AttributeMask*> masks_;
};

/// Immutable, shared by threads.
class Access {
 public:
  /// Of --auth=none: everything, and nothing is about anybody.
  static std::shared_ptr<const Access> everything();

  /// Nothing is hidden from them and nothing forbidden: everything(), and that of the program itself.
  bool all() const { return all_; }
  /// Looks at nothing but the record. Below a microsecond; a rule with a place or a condition in q costs what these do.
  Decision decide(Action action, const ngsi::Record& record, const ngsi::Linked* linked = nullptr) const;
  /// Entities that `action` may be allowed for: those that one of these selects; decide() decides. For the store, which
  /// narrows a query by it. Empty: none at all. Not to be called when all().
  std::vector<std::shared_ptr<const ngsi::Selection>> where(Action action) const;

  /// Rights that are not about entities, by the names used in policies: "publish", "operate", "contexts", "audit",
  /// "policies", "tenants", "accounts".
  bool may(std::string_view right) const;
  const std::vector<std::string>& rights() const { return rights_; }  ///< none when all()

  /// Whose data is this? The URN of the (first) person; "" when the entity is not personal, or names nobody. Views into
  /// the record.
  std::string_view person_of(const ngsi::Record& record) const;
  /// Are entities of some types about persons? Else nothing has to be written down.
  bool knows_persons() const { return !persons_.empty(); }
  /// Is it of a personal type?
  bool personal(const ngsi::Record& record) const;

  const SubjectPtr& subject() const { return subject_; }
  const std::string& purpose() const { return purpose_; }
  const std::vector<RuleName>& rules() const { return rules_; }
  const std::vector<Grant>& grants() const { return grants_; }
  /// From this instant on it must be asked for anew (a relation begins or ends, an hour of the day); kNoInstant: never.
  Instant until() const { return until_; }
  /// The subject, and the persons and bodies as whom they may: a change of their relations, consents and emergencies
  /// makes this stale.
  const std::vector<std::string>& depends() const { return depends_; }

 private:
  friend class AccessCompiler;
  struct Person {  ///< entities of `type` are about who `attribute` (kNoTerm: the entity itself) names
    ngsi::TermId type, attribute;
  };
  bool all_ = false;
  SubjectPtr subject_;
  std::string purpose_;
  std::vector<RuleName> rules_;
  std::vector<Grant> grants_;
  std::vector<std::string> rights_;
  std::vector<Person> persons_;                                            ///< by type number
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_type_;  ///< grants that name the type, and any_
  std::vector<std::uint32_t> any_;                                         ///< grants for any type
  std::vector<std::string> depends_;
  Instant until_;
};
using AccessPtr = std::shared_ptr<const Access>;

}  // namespace tsunagu::trust
