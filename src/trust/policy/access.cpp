#include "trust/policy/access.h"

#include <algorithm>

#include "ngsi/json_walk.h"

namespace tsunagu::trust {
namespace {

/// Calls f(text) for the strings in all instances of an attribute (a URI, or a list of them) until it answers true. A
/// URI has no escapes, so that what is between the quotes is its text.
template <class F>
bool any_text(const ngsi::Record& record, ngsi::TermId attribute, F&& f) {
  const auto one = [&](std::string_view json) {
    return ngsi::walk::is_string(json) && f(json.substr(1, json.size() - 2));
  };
  for (const ngsi::AttributeView instance : record.attributes()) {
    if (instance.name() < attribute) continue;
    if (instance.name() != attribute) return false;
    const std::string_view value = instance.value();
    if (ngsi::walk::is_array(value) ? ngsi::walk::any_element(value, one) : one(value)) return true;
  }
  return false;
}

}  // namespace

bool AttributeMask::allows(ngsi::TermId name) const {
  return std::binary_search(names.begin(), names.end(), name) != except;
}

bool Decision::allows(ngsi::TermId attribute) const {
  return whole_ || std::any_of(masks_.begin(), masks_.end(),
                               [attribute](const AttributeMask* mask) { return mask->allows(attribute); });
}

AccessPtr Access::everything() {
  static const AccessPtr access = [] {
    auto all = std::make_shared<Access>();
    all->all_ = true;
    all->subject_ = everybody();
    return all;
  }();
  return access;
}

bool Grant::covers(const ngsi::Record& record, std::uint32_t& because) const {
  for (std::uint16_t i = 0; i < record.type_count(); ++i) {
    const ngsi::TermId type = record.type(i);
    if (!types.empty() && !std::binary_search(types.begin(), types.end(), type)) return false;
    if (std::binary_search(except_types.begin(), except_types.end(), type)) return false;
  }
  because = rule;
  if (by_objects) {
    const auto is_object = [&](std::string_view id) {
      const auto found = objects.find(id);
      if (found == objects.end()) return false;
      because = found->second;
      return true;
    };
    if (about == ngsi::kNoTerm) {
      if (!is_object(record.id())) return false;
    } else if (!any_text(record, about, is_object)) {
      return false;
    }
  }
  return !filter || ngsi::matches(*filter, record, nullptr);
}

Decision Access::decide(Action action, const ngsi::Record& record, const ngsi::Linked*) const {
  Decision decision;
  decision.whole_ = all_;
  if (all_) return decision;
  const std::vector<std::uint32_t>* candidates = &any_;
  if (record.type_count() > 0) {
    if (const auto found = by_type_.find(record.type(0).value); found != by_type_.end()) candidates = &found->second;
  }
  for (const std::uint32_t each : *candidates) {
    const Grant& grant = grants_[each];
    std::uint32_t because = 0;
    if (!(grant.actions & action) || !grant.covers(record, because)) continue;
    if (!decision.allowed()) decision.rule_ = because;
    if (grant.attributes.all()) {
      decision.whole_ = true;
      return decision;
    }
    decision.masks_.push_back(&grant.attributes);
  }
  return decision;
}

std::vector<std::shared_ptr<const ngsi::Selection>> Access::where(Action action) const {
  std::vector<std::shared_ptr<const ngsi::Selection>> found;
  for (const Grant& grant : grants_) {
    if (grant.actions & action) found.push_back(grant.where);
  }
  return found;
}

bool Access::may(std::string_view right) const {
  return all_ || std::find(rights_.begin(), rights_.end(), right) != rights_.end();
}

bool Access::personal(const ngsi::Record& record) const {
  return std::any_of(persons_.begin(), persons_.end(), [&](const Person& each) { return record.has_type(each.type); });
}

std::string_view Access::person_of(const ngsi::Record& record) const {
  std::string_view found;
  for (const Person& person : persons_) {
    if (!record.has_type(person.type)) continue;
    if (person.attribute == ngsi::kNoTerm) return record.id();
    any_text(record, person.attribute, [&](std::string_view id) {
      found = id;
      return true;
    });
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace tsunagu::trust
