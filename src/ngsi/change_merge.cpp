#include "ngsi/change_merge.h"

#include <algorithm>

#include "base/uri.h"
#include "ngsi/json_walk.h"

namespace tsunagu::ngsi {

namespace {

bool is_list_kind(AttrKind kind) {
  return kind == AttrKind::kProperty || kind == AttrKind::kListProperty;
}
bool is_linking_kind(AttrKind kind) {
  return kind == AttrKind::kRelationship || kind == AttrKind::kListRelationship;
}

bool is_uri_json(std::string_view json) {
  std::string scratch;
  return walk::is_string(json) && is_absolute_iri(walk::string_text(json, scratch));
}

bool all(std::string_view array, bool (*good)(std::string_view)) {
  return walk::is_array(array) && !walk::any_element(array, [&](std::string_view item) { return !good(item); });
}

// Can a bare value stand for an attribute of this kind? (A bare text for a LanguageProperty is another matter: see
// merge_text.)
bool fits(std::string_view value, AttrKind kind) {
  switch (kind) {
    case AttrKind::kProperty:
      return true;
    case AttrKind::kRelationship:
      return is_uri_json(value) || (value != "[]" && all(value, is_uri_json));
    case AttrKind::kJsonProperty:
      return walk::is_object(value) || walk::is_array(value);
    case AttrKind::kListProperty:
      return walk::is_array(value);
    case AttrKind::kListRelationship:
      return all(value, is_uri_json);
    default:
      return false;
  }
}

struct MergeOptions {
  Instant now, observed_at;
  std::string_view lang;
};

class Merger {
 public:
  explicit Merger(const MergeOptions& options) : options_(options) {}

  // Says what cannot be merged; "" if all can.
  std::string instance(Attribute& target, Attribute fragment, bool top) {
    if (fragment.is_null()) {
      target.value = Attribute::kNullMark;
      return {};
    }
    if (std::string problem = value(target, fragment); !problem.empty()) return problem;
    if (target.is_null()) return {};
    const bool keeps_time = fragment.observed_at == kNoInstant;
    if (top && keeps_time && options_.observed_at != kNoInstant && target.observed_at != kNoInstant)
      fragment.observed_at = options_.observed_at;
    if (std::string problem = set_members(target, fragment); !problem.empty()) return problem;
    if (std::string problem = list(target.subs, std::move(fragment.subs)); !problem.empty()) return problem;
    target.modified_at = options_.now;
    return {};
  }

  std::string list(std::vector<Attribute>& current, std::vector<Attribute> fragments) {
    std::vector<Attribute> added;
    for (Attribute& fragment : fragments) {
      if (Attribute* target = find_instance(current, fragment.name, fragment.dataset_id)) {
        if (std::string problem = instance(*target, std::move(fragment), false); !problem.empty()) return problem;
      } else if (!fragment.is_null()) {
        if (!settle(fragment))
          return "sub-attribute " + std::string(terms().text(fragment.name)) + " is new and needs a value";
        stamp(fragment, options_.now);
        added.push_back(std::move(fragment));
      }
    }
    put_in_order(current, std::move(added));
    return {};
  }

 private:
  std::string value(Attribute& target, Attribute& fragment) {
    if (fragment.kind == kNoKind) return {};
    const bool text = walk::is_string(fragment.value) || all(fragment.value, walk::is_string);
    if (target.kind == AttrKind::kLanguageProperty && fragment.kind == AttrKind::kProperty && text &&
        (fragment.bare || !options_.lang.empty())) {
      std::string key, patch = "{";
      append_json_string(patch, options_.lang.empty() ? "@none" : options_.lang);
      patch += ':' + fragment.value + '}';
      target.value = merge_json(target.value, patch);
      return {};
    }
    if (fragment.kind != target.kind && fragment.bare) {
      if (!fits(fragment.value, target.kind))
        return "it is a " + std::string(kind_name(target.kind)) +
               ": the value does not fit it; to change its type, write {\"type\":…}";
      target.value = without_nulls(std::move(fragment.value));
      return {};
    }
    if (fragment.kind != target.kind) {
      if (fragment.value.empty())
        return "it is a " + std::string(kind_name(target.kind)) + ": to make it a " +
               std::string(kind_name(fragment.kind)) + ", give " + std::string(value_member(fragment.kind));
      target.kind = fragment.kind;
      target.value = without_nulls(std::move(fragment.value));
      drop_foreign_members(target);
      return {};
    }
    if (fragment.value.empty()) return {};
    const bool deep = target.kind == AttrKind::kProperty || target.kind == AttrKind::kLanguageProperty ||
                      target.kind == AttrKind::kJsonProperty;
    target.value = deep ? merge_json(target.value, fragment.value) : std::move(fragment.value);
    if (target.kind == AttrKind::kLanguageProperty && target.value == "{}") target.value = Attribute::kNullMark;
    return {};
  }

  const MergeOptions& options_;
};

}  // namespace

void stamp(Attribute& attribute, Instant now) {
  attribute.created_at = attribute.modified_at = now;
  for (Attribute& sub : attribute.subs) stamp(sub, now);
}

bool settle(Attribute& a) {
  if (a.value.empty() || a.is_null()) return false;
  a.bare = false;
  if (a.kind == kNoKind) a.kind = AttrKind::kProperty;
  if (a.kind == AttrKind::kProperty || a.kind == AttrKind::kLanguageProperty)
    a.value = without_nulls(std::move(a.value));
  if (a.unit_code == Attribute::kNullMark) a.unit_code.clear();
  if (a.value_type == Attribute::kNullMark) a.value_type.clear();
  if (a.object_types.size() == 1 && a.object_types[0] == kNoTerm) a.object_types.clear();
  if (a.observed_at == kNullInstant) a.observed_at = kNoInstant;
  if (a.expires_at == kNullInstant) a.expires_at = kNoInstant;
  std::erase_if(a.subs, [](Attribute& sub) { return !settle(sub); });
  return a.kind != AttrKind::kLanguageProperty || a.value != "{}";
}

void replace_whole(Attribute& current, Attribute next, Instant now) {
  stamp(next, now);
  next.created_at = current.created_at;
  for (Attribute& sub : next.subs)
    if (const Attribute* old = find_instance(current.subs, sub.name, sub.dataset_id)) sub.created_at = old->created_at;
  current = std::move(next);
}

Attribute* find_instance(std::vector<Attribute>& ordered, TermId name, std::string_view dataset_id) {
  const auto it = std::lower_bound(ordered.begin(), ordered.end(), name, [&](const Attribute& a, TermId wanted) {
    return a.name != wanted ? a.name < wanted : a.dataset_id < dataset_id;
  });
  return it != ordered.end() && it->name == name && it->dataset_id == dataset_id ? &*it : nullptr;
}

void put_in_order(std::vector<Attribute>& instances, std::vector<Attribute> added) {
  std::erase_if(instances, [](const Attribute& a) { return a.is_null(); });
  if (added.empty()) return;
  instances.reserve(instances.size() + added.size());
  for (Attribute& a : added) instances.push_back(std::move(a));
  sort_instances(instances);
}

void drop_foreign_members(Attribute& a) {
  if (!is_list_kind(a.kind)) {
    a.unit_code.clear();
    a.value_type.clear();
  }
  if (!is_linking_kind(a.kind)) a.object_types.clear();
}

std::string set_members(Attribute& target, const Attribute& fragment) {
  const std::string kind(kind_name(target.kind));
  if (!fragment.unit_code.empty() || !fragment.value_type.empty()) {
    if (!is_list_kind(target.kind)) return "it is a " + kind + ", which has no unitCode or valueType";
    const auto set = [](std::string& to, const std::string& from) {
      if (from == Attribute::kNullMark)
        to.clear();
      else if (!from.empty())
        to = from;
    };
    set(target.unit_code, fragment.unit_code);
    set(target.value_type, fragment.value_type);
  }
  if (!fragment.object_types.empty()) {
    if (!is_linking_kind(target.kind)) return "it is a " + kind + ", which has no objectType";
    target.object_types = fragment.object_types;
    if (target.object_types[0] == kNoTerm) target.object_types.clear();
  }
  const auto set = [](Instant& to, Instant from) {
    if (from != kNoInstant) to = from == kNullInstant ? kNoInstant : from;
  };
  set(target.observed_at, fragment.observed_at);
  set(target.expires_at, fragment.expires_at);
  return {};
}

std::string merge_instance(Attribute& target, Attribute fragment, Instant now, Instant observed_at,
                           std::string_view lang) {
  return Merger({now, observed_at, lang}).instance(target, std::move(fragment), true);
}

}  // namespace tsunagu::ngsi
