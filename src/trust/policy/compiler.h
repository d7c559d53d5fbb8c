// How policies and facts become an Access. Internal to compile.h.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "trust/policy/compile.h"

namespace tsunagu::trust {

inline constexpr std::string_view kMember = "memberOf", kDelegate = "delegateOf", kGuardian = "guardianOf",
                                  kSelf = "self", kOthers = "others";

bool is_among(const auto& list, const auto& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// "a, b"; "none"
std::string listed_names(const std::vector<std::string>& names);

/// What a delegation or the scopes of a token leave of a grant: one of these at a time.
struct Limit {
  ActionSet actions = kAllActions;
  std::vector<ngsi::TermId> types;  ///< none: all
};
/// "graph.read", "graph.write", "read", "write:WeatherObserved" …; words that are no actions (openid, a right) give
/// nothing by themselves.
std::vector<Limit> limits_of_scopes(std::string_view scopes);

/// A rule as it holds for the subject: about whom, with which types and attributes.
struct Holding {
  std::map<std::string, std::string> objects;  ///< person or body → what makes it hold; only if rule.relates()
  std::vector<ngsi::TermId> types;             ///< none: those of the rule
  AttributeMask attributes;
};

/// One run over the policies for one subject.
class AccessCompiler {
 public:
  explicit AccessCompiler(const CompileInput& input) : in_(input), access_(std::make_shared<Access>()) { begin(); }

  AccessPtr run();
  std::vector<RuleTale> explain(Action action, const ngsi::Record& record);
  std::vector<Membership> memberships() const;
  std::vector<std::string> related(std::string_view relation);
  bool may_begin_emergency();

 private:
  using Tale = std::vector<Condition>;

  void begin();
  void note(Instant border) {
    if (border != kNoInstant && (until_ == kNoInstant || border < until_)) until_ = border;
  }
  void note_hours(const Policy& policy, const Rule& rule);
  template <class F>
  void each_relation(std::string_view subject, F&& f);  ///< that holds now
  template <class F>
  void each_facts(F&& f) const {
    f(*in_.here);
    if (in_.home != nullptr) f(*in_.home);
  }

  // Conditions. With a tale each is told, and the next is looked at also when one does not hold.
  bool told(Tale* tale, bool holds, std::string_view key, auto&& text) const {
    if (tale != nullptr) tale->push_back({holds, std::string(key), text()});
    return holds;
  }
  bool for_subject(const Policy& policy, const Rule& rule, Tale* tale);
  bool at_this_time(const Policy& policy, const Rule& rule) const;
  std::vector<RelationPtr> memberships_for(const Rule& rule) const;
  std::vector<Holding> holdings(const Rule& rule, Tale* tale);
  std::vector<Holding> consented(const std::vector<std::string>& receivers,
                                 const std::map<std::string, std::string>* related);
  std::vector<ngsi::TermId> types_of(const Rule& rule) const;
  std::vector<ngsi::TermId> except_of(const Rule& rule) const;

  void grant(const Policy& policy, const Rule& rule, const Holding& holding);
  void add(const Policy& policy, const Rule& rule, Grant grant, const std::map<std::string, std::string>& objects);
  void add_limited(const Rule& rule, Grant grant, const std::string& area);
  std::uint32_t rule_number(const Policy& policy, const Rule& rule, const std::string& because);
  void finish(Grant grant, const Rule& rule, const std::string& area);
  void told_entity(const Rule& rule, const std::vector<Holding>& held, const ngsi::Record& record, Tale& tale,
                   std::string& because);

  const CompileInput& in_;
  std::shared_ptr<Access> access_;
  Instant until_;
  SubjectKind kind_ = SubjectKind::kAnonymous;  ///< of whom it is decided for: the person, when somebody acts for them
  std::string id_;
  bool delegated_ = false;
  std::vector<RelationPtr> members_;  ///< memberships that hold
  std::vector<std::vector<Limit>> limits_;
  std::map<std::tuple<const Rule*, std::string>, std::uint32_t> numbers_;
  std::vector<ngsi::TermId> personal_;                   ///< types, sorted
  std::map<ngsi::TermId, ngsi::TermId> person_of_type_;  ///< → attribute
};

template <class F>
void AccessCompiler::each_relation(std::string_view subject, F&& f) {
  if (subject.empty()) return;
  each_facts([&](const Facts& facts) {
    for (const RelationPtr& relation : facts.relations_of(subject)) {
      note(relation->valid.next(in_.now));
      if (relation->valid.holds(in_.now)) f(relation);
    }
  });
}

}  // namespace tsunagu::trust
