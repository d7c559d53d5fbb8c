// Of a rule that holds, the grants.
#include <algorithm>
#include <iterator>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"
#include "trust/policy/compiler.h"

namespace tsunagu::trust {
namespace {

std::vector<ngsi::TermId> both(const std::vector<ngsi::TermId>& a, const std::vector<ngsi::TermId>& b) {
  std::vector<ngsi::TermId> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

/// What both masks allow.
AttributeMask both(const AttributeMask& a, const AttributeMask& b) {
  if (a.except && !b.except) return both(b, a);
  AttributeMask out{a.except, {}};
  const auto into = std::back_inserter(out.names);
  if (a.except) {
    std::set_union(a.names.begin(), a.names.end(), b.names.begin(), b.names.end(), into);
  } else if (b.except) {
    std::set_difference(a.names.begin(), a.names.end(), b.names.begin(), b.names.end(), into);
  } else {
    out.names = both(a.names, b.names);
  }
  return out;
}

}  // namespace

std::vector<Limit> limits_of_scopes(std::string_view scopes) {
  std::vector<Limit> out;
  while (!scopes.empty()) {
    std::string_view word = take_until(scopes, ' ');
    const std::string_view verb = take_until(word, ':');
    Limit limit{0, {}};
    if (verb == "write" || verb == "graph.write") limit.actions = kWrite;
    if (verb == "graph.read") limit.actions = kRead | kHistory | kSubscribe;
    if (const auto action = parse_action(verb)) limit.actions = *action;
    if (limit.actions == 0) continue;
    if (!word.empty()) {
      const ngsi::TermId type = ngsi::core_context()->find(word);
      if (type == ngsi::kNoTerm) continue;
      limit.types = {type};
    }
    out.push_back(std::move(limit));
  }
  return out;
}

std::uint32_t AccessCompiler::rule_number(const Policy& policy, const Rule& rule, const std::string& because) {
  const auto [found, added] =
      numbers_.emplace(std::tuple(&rule, because), static_cast<std::uint32_t>(access_->rules_.size()));
  if (added) access_->rules_.push_back({policy.name, rule.name, because});
  return found->second;
}

void AccessCompiler::grant(const Policy& policy, const Rule& rule, const Holding& holding) {
  Grant out;
  out.rule = rule_number(policy, rule, "");
  out.actions = rule.actions;
  out.attributes = both(rule.attributes, holding.attributes);
  out.filter = rule.filter;
  std::vector<ngsi::TermId> types = types_of(rule);
  if (rule.every_type) {
    types = holding.types;
    out.except_types = except_of(rule);
  } else if (!holding.types.empty()) {
    types = both(types, holding.types);
  }
  if ((types.empty() && !rule.every_type) || (!out.attributes.except && out.attributes.names.empty())) return;
  out.by_objects = rule.relates();
  if (!out.by_objects || rule.about != About::kPerson) {
    out.types = std::move(types);
    if (rule.about == About::kAttribute) out.about = rule.about_attribute;
    return add(policy, rule, std::move(out), holding.objects);
  }
  // One grant for each attribute by which types name their person.
  std::map<ngsi::TermId, std::vector<ngsi::TermId>> by_attribute;
  for (const ngsi::TermId type : types) {
    if (const auto found = person_of_type_.find(type); found != person_of_type_.end()) {
      by_attribute[found->second].push_back(type);
    }
  }
  for (auto& [attribute, of_it] : by_attribute) {
    Grant one = out;
    one.about = attribute;
    one.types = std::move(of_it);
    add(policy, rule, std::move(one), holding.objects);
  }
}

void AccessCompiler::add(const Policy& policy, const Rule& rule, Grant grant,
                         const std::map<std::string, std::string>& objects) {
  for (const auto& [object, because] : objects) grant.objects.emplace(object, rule_number(policy, rule, because));
  if (!rule.in_area) return add_limited(rule, std::move(grant), {});
  for (const RelationPtr& member : memberships_for(rule)) {
    std::string area;
    each_facts([&](const Facts& facts) {
      if (area.empty()) area = facts.area_of(member->object);
    });
    if (!area.empty()) add_limited(rule, grant, area);
  }
}

void AccessCompiler::add_limited(const Rule& rule, Grant grant, const std::string& area) {
  std::vector<Grant> left{std::move(grant)};
  for (const std::vector<Limit>& limits : limits_) {
    std::vector<Grant> narrowed;
    for (const Grant& each : left) {
      for (const Limit& limit : limits) {
        Grant one = each;
        one.actions &= limit.actions;
        if (!limit.types.empty()) {
          one.types = each.types.empty() ? limit.types : both(each.types, limit.types);
          if (one.types.empty()) continue;
        }
        if (one.actions != 0) narrowed.push_back(std::move(one));
      }
    }
    left = std::move(narrowed);
  }
  for (Grant& each : left) finish(std::move(each), rule, area);
}

void AccessCompiler::finish(Grant grant, const Rule& rule, const std::string& area) {
  const auto selection = [&] {
    ngsi::Selection out = selection_of(rule);
    if (area.empty()) return out;
    const auto type = ngsi::walk::member(area, "type");
    auto geo = ngsi::GeoQuery::parse("within", json_string_text(type), ngsi::walk::member(area, "coordinates"),
                                     TrustTerms::get().location);
    if (geo) out.geo = *geo;
    return out;
  };
  auto where = std::make_shared<ngsi::Selection>(selection());
  if (!area.empty()) {
    if (!where->geo) return;  // an area that is no polygon encloses nothing
    grant.filter = std::make_shared<const ngsi::Selection>(selection());
  }
  if (!grant.types.empty()) {
    ngsi::TypeExpr types;
    types.kind = ngsi::TypeExpr::Kind::kOr;
    for (const ngsi::TermId type : grant.types) types.children.push_back({ngsi::TypeExpr::Kind::kType, type, {}});
    where->types = std::move(types);
  }
  if (grant.by_objects) {
    if (grant.objects.empty()) return;
    if (grant.about == ngsi::kNoTerm) {
      for (const auto& [object, because] : grant.objects) where->ids.push_back(object);
      std::sort(where->ids.begin(), where->ids.end());
    } else {
      ngsi::QueryExpr q;
      q.kind = ngsi::QueryExpr::Kind::kCompare;
      q.path.name = grant.about;
      for (const auto& [object, because] : grant.objects) {
        ngsi::QueryValue value;
        value.type = ngsi::QueryValue::Type::kUri;
        value.text = object;
        append_json_string(value.json, object);
        q.values.push_back(std::move(value));
      }
      where->q.push_back(std::move(q));
    }
  }
  grant.where = std::move(where);
  access_->grants_.push_back(std::move(grant));
}

}  // namespace tsunagu::trust
