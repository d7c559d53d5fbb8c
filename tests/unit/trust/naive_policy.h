// What policies mean, in the plainest way: every rule is asked every question from the beginning. Written from
// docs/policy.md, and sharing no code with src/trust/policy but the words of the contract (Subject, Action), so that
// each can find the other wrong.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "trust/subject.h"

namespace tsunagu::trust::naive {

/// An entity: names of attributes → texts (several: a list). Points are [longitude, latitude] in `point`.
struct Thing {
  std::string id;
  std::set<std::string> types;
  std::map<std::string, std::vector<std::string>> attributes;
  std::set<std::string> links;  ///< attributes that are Relationships
  std::optional<std::pair<double, double>> point;
};

struct Ask {
  Subject subject;
  std::string tenant, purpose, action;
};

/// Nothing: denied. "*" in it: every attribute.
using Shown = std::optional<std::set<std::string>>;

class World {
 public:
  std::vector<Thing> things;
  long long now_s = 0;  ///< seconds since 1970-01-01, UTC

  void read_policies(const std::vector<std::string>& texts);
  Shown ask(const Ask& ask, const Thing& thing) const;

 private:
  struct Rule {
    std::map<std::string, std::set<std::string>> lists;  ///< allow, kind, role, types …
    std::map<std::string, std::string> texts;            ///< hours, about, where, assurance …
    std::map<std::string, bool> flags;
    std::vector<double> box;
    int offset_minutes = 540;
    bool has(const std::string& key) const { return lists.contains(key); }
    bool lists_has(const std::string& key, const std::string& item) const;
  };
  struct Person;

  bool valid(const Thing& thing) const;
  const std::vector<const Thing*>& of_type(const std::string& type) const;
  std::set<std::string> types_of(const Rule& rule) const;
  bool time_fits(const Rule& rule) const;
  Shown by_rule(const Rule& rule, const Ask& ask, const Person& person, const Thing& thing) const;
  static Shown narrowed(const Shown& shown, const Rule& rule);

  std::vector<Rule> rules_;
  std::map<std::string, std::string> personal_;
  mutable std::map<std::string, std::vector<const Thing*>> valid_;  // by type; things and now_s stay as they are
};

}  // namespace tsunagu::trust::naive
