// The policy language, read: TOML text → rules. docs/policy.md is its description.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ngsi/query.h"
#include "trust/policy/access.h"
#include "trust/subject.h"

namespace tsunagu::trust {

inline constexpr ActionSet kWrite = kCreate | kUpdate | kDelete;
inline constexpr ActionSet kAllActions = kRead | kHistory | kSubscribe | kWrite;

/// "read", "history", …; "" for a set that is not one action.
std::string_view name(Action action);
std::optional<Action> parse_action(std::string_view name);

struct Title {
  std::string ja, en, easy;  ///< easy: やさしい日本語; "" when not given
};

/// What data may be wanted for, as callers name it (header Tsunagu-Purpose) and people read it.
struct Purpose {
  std::string key;
  Title title;
};

/// What ties an entity to the person or body that a rule is about.
enum class About : std::uint8_t {
  kPerson,     ///< the attribute that [personal] gives for its type
  kId,         ///< it is the object itself
  kAttribute,  ///< an attribute that the rule names
};

/// Minutes since midnight, local time; from == to: the whole day; from > to: over midnight.
struct Hours {
  int from = 0, to = 0;
};

/// All conditions must hold; one that is not given always does.
struct Rule {
  std::string name;
  Title title;
  unsigned line = 0;

  ActionSet actions = 0;
  std::vector<std::string> rights;

  // Who asks.
  std::uint8_t kinds = 0xff;              ///< 1 << SubjectKind
  std::vector<std::string> roles;         ///< has one of these in a body
  std::vector<std::string> bodies;        ///< in one of these bodies
  std::vector<std::string> home_tenants;  ///< besides subjects of the tenant itself, those of these ("": the default)
  Assurance assurance = Assurance::kNone;
  bool delegates = true;  ///< also for who acts for them

  // For what, where and when.
  std::vector<std::string> purposes;
  std::vector<std::string> tenants;  ///< holds in these only; "others": all but the default one
  std::optional<Hours> hours;
  std::uint8_t weekdays = 0x7f;  ///< 1: Monday … 64: Sunday

  // About whom: any of the relations; and consent, and emergency where asked for.
  std::vector<std::string> relations;  ///< "self" or relation of an AccessRelation
  bool consent = false, emergency = false;
  About about = About::kPerson;
  ngsi::TermId about_attribute;

  // What.
  bool every_type = false;                        ///< types = ["*"]
  std::vector<ngsi::TermId> types, except_types;  ///< sorted; "personal" is replaced when policies are put together
  bool personal_types = false, except_personal = false;
  AttributeMask attributes;
  std::string q, scope;                           ///< as written
  std::optional<ngsi::GeoQuery> place;            ///< location is there
  bool in_area = false;                           ///< location is inside of the area of a body of the subject
  std::shared_ptr<const ngsi::Selection> filter;  ///< q, scope and place, to test; null: none

  /// Does it single out entities by whom they are about?
  bool relates() const { return consent || emergency || !relations.empty(); }
};

/// Entities of `type` are about the person whom `attribute` names; kNoTerm: the entity is the person.
struct PersonalType {
  ngsi::TermId type, attribute;
};

/// What people call a type, when they choose what to consent to.
struct TypeTitle {
  ngsi::TermId type;
  Title title;
};

struct Policy {
  std::string name;
  Title title;
  int utc_offset_minutes = 9 * 60;  ///< of hours and weekdays
  int consent_age = 15;             ///< younger persons' guardians decide
  std::vector<Purpose> purposes;
  std::vector<PersonalType> personal;
  std::vector<TypeTitle> types;
  std::vector<Rule> rules;
};
using PolicyPtr = std::shared_ptr<const Policy>;

/// Reads a policy. Names of types and attributes are those of the core @context, or IRIs; they get numbers when new.
/// BadRequestData: "NAME:LINE: what is wrong and what to do". Never throws. At most 512 KiB, 1,000 rules.
Result<PolicyPtr> read_policy(std::string_view text, std::string_view name);

/// The selection of q, scope and place of a rule; fresh, so that it can be narrowed further. Never fails for a rule
/// that was read.
ngsi::Selection selection_of(const Rule& rule);

}  // namespace tsunagu::trust
