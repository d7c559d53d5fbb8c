// A rule as people write it: which entities it is for, when it is looked at (trigger), what must hold (condition), what
// is done (actions), and what keeps it safe. One struct for both ways of writing: the form in the portal sends JSON,
// the text is TOML, and both have the same members (docs/automation.md).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/query.h"

namespace tsunagu::automation {

/// Japanese and English, for people.
struct Words {
  std::string ja, en;
  bool empty() const { return ja.empty() && en.empty(); }
};

/// A duration as it was written ("PT10M"; with a sign where one may look ahead) and in microseconds; us 0: none.
struct Span {
  std::string text;
  std::int64_t us = 0;
};

/// A q as it was written, and parsed; text "": none.
struct Query {
  std::string text;
  std::shared_ptr<const ngsi::QueryExpr> expr;
  bool links = false;  ///< looks into linked entities
};

/// What an attribute is called when reasons are told.
struct Label {
  Words name;
  std::string unit;
};

/// Something that a rule looks at in the entities that a relationship of its own leads to: refGate{deviceState}.
struct Followed {
  ngsi::TermId relationship, attribute;
  bool operator==(const Followed&) const = default;
};

struct Trigger {
  enum class Kind : std::uint8_t { kChange, kSchedule, kSun, kGeofence, kSilence } kind = Kind::kChange;
  std::vector<std::string> attributes;   ///< kChange: one of these is written; kSilence: none of these is
  bool implied = false;                  ///< kChange: nothing is said, so it is what `where` and `condition` name
  std::vector<ngsi::TermId> terms;       ///< the same; of kChange without any: those that `where` and `condition` name
  Span every;                            ///< kSchedule: at every whole multiple since midnight, local time; or …
  std::vector<int> at;                   ///< … at these minutes since midnight
  std::uint8_t weekdays = 0x7f;          ///< kSchedule, kSun: 1 Monday … 64 Sunday
  bool sunset = false;                   ///< kSun
  Span offset;                           ///< kSun: before (negative) or after
  double longitude = 0, latitude = 0;    ///< kSun
  bool leave = false;                    ///< kGeofence: out of it, instead of into it
  std::string geometry;                  ///< kGeofence: GeoJSON geometry, canonical
  double within_m = 0;                   ///< kGeofence: counts as inside up to this distance
  std::optional<ngsi::GeoQuery> inside;  ///< kGeofence: of `location`
  Span silent;                           ///< kSilence
};

/// Minutes since midnight, local time; from > to: over midnight.
struct HoursOfDay {
  int from = 0, to = 0;
};
/// Days of the year as month * 100 + day, both included; from > to: over New Year.
struct Season {
  int from = 0, to = 0;
};
/// So long after (before: negative) the date or instant in an attribute.
struct Since {
  std::string attribute;
  ngsi::TermId term;
  Span from, to;  ///< to without text: no end
};

struct Condition {
  Query holds;              ///< "": always
  Span lasting;             ///< has held so long
  Query until;              ///< once fired, the rule is over when this holds; "": when `holds` does not
  std::optional<HoursOfDay> hours;
  std::optional<Season> season;
  std::optional<Since> since;
};

struct Action {
  enum class Kind : std::uint8_t { kCommand, kSet, kNotice, kAlarm, kWebhook } kind = Kind::kSet;
  std::string attribute;     ///< kCommand, kSet
  ngsi::TermId term;
  std::string value;         ///< canonical JSON; "{name}" in texts stands for the value of an attribute
  std::string unit_code;
  std::string target;        ///< relationship to the entities that it is done to; "": to the entity itself
  ngsi::TermId target_term;
  Words text;                ///< kNotice, kAlarm
  std::string severity;      ///< kAlarm: critical, major, minor, warning
  std::string url, body;     ///< kWebhook; body "": what happened, as JSON
};

struct Interlock {
  Query must;   ///< has to hold, or nothing is begun
  Words text;
};
struct Safety {
  std::vector<Interlock> interlocks;
  int at_most = 0;                         ///< so many times …
  Span within;                             ///< … in so long, for one entity; 0: no limit
  Span max_run;                            ///< then `safe` is done
  std::vector<std::string> signal;         ///< attributes whose values must not be older …
  std::vector<ngsi::TermId> signal_terms;
  Span lost_after;                         ///< … than this: nothing is begun, and what was begun is made safe
  Span manual;                             ///< so long the rule leaves alone what somebody else wrote
};

struct Rule {
  std::string name;   ///< small letters, digits, '-'
  Words title, why;   ///< why: what the rule is grounded on
  std::string source; ///< where that is written: URL or title
  std::vector<std::string> types, ids;
  std::vector<ngsi::TermId> type_terms;
  Query where;        ///< which of these entities
  int utc_offset_minutes = 9 * 60;
  Trigger trigger;
  Condition condition;
  std::vector<Action> then, ended, safe;  ///< safe without any: `ended`
  Safety safety;
  std::map<std::string, Label> labels;    ///< by attribute
  std::vector<Followed> follows;          ///< one step away, in `if` and `until`
  unsigned line = 0;                      ///< where it stands in its text

  /// Is there something to end: does it stay active after it fired?
  bool latches() const;
  /// Actions for "make it safe".
  const std::vector<Action>& safe_actions() const { return safe.empty() ? ended : safe; }
};
using RulePtr = std::shared_ptr<const Rule>;

inline constexpr std::size_t kMaxRuleBytes = 64u << 10;

/// Reads a text with one rule or more ([[rule]]). Names are those of the core @context, or IRIs; they get numbers when
/// new. BadRequestData: "FILE:LINE: what is wrong and what to do". Never throws.
Result<std::vector<RulePtr>> read_rules(std::string_view text, std::string_view file);
/// The same of one rule as JSON, as the form sends it. BadRequestData: "NAME: what is wrong".
Result<RulePtr> rule_from_json(std::string_view json);

/// The rule as canonical JSON, members in the order in which people write them; without what is not given.
std::string to_json(const Rule& rule);
/// The rule as text: read_rules reads the same rule from it.
std::string to_text(const Rule& rule);

/// All attributes that an expression begins with, each once. (Of linked ones the relationship.)
void collect_attributes(const ngsi::QueryExpr& q, std::vector<ngsi::TermId>& out);
/// What it looks at in linked entities, each once; of longer ways the first step.
void collect_followed(const ngsi::QueryExpr& q, std::vector<Followed>& out);
/// Attributes of the entity that the rule looks at anywhere, each once.
std::vector<ngsi::TermId> attributes_of(const Rule& rule);
/// Selects the entities that the rule is for; fresh, so that it can be narrowed further.
ngsi::Selection selection_of(const Rule& rule);

}  // namespace tsunagu::automation
