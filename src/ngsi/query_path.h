// Reading attribute paths, and following them into a record. Shared by q (clause 4.9) and orderBy (4.23.3).
#pragma once
#include <string_view>

#include "base/text.h"
#include "ngsi/cursor.h"
#include "ngsi/json_walk.h"
#include "ngsi/query.h"
#include "ngsi/term.h"

namespace tsunagu::ngsi {

/// Reads the path at the cursor, up to an operator, separator or blank. False: the cursor has the error.
bool read_path(Cursor& cursor, Names names, int max_depth, AttrPath& out);

/// What a path leads to: one of `json`, `text`, `instant`.
struct Target {
  enum class Type : unsigned char { kJson, kText, kInstant } type;
  AttrKind kind;          ///< of the attribute that holds `json`
  std::string_view json;  ///< canonical JSON; of a Relationship or VocabProperty a string or an array of strings
  std::string_view text;
  Instant instant;

  static Target of_json(AttrKind kind, std::string_view json) { return {Type::kJson, kind, json, {}, {}}; }
  static Target of_text(std::string_view text) { return {Type::kText, AttrKind::kProperty, {}, text, {}}; }
  static Target of_instant(Instant t) { return {Type::kInstant, AttrKind::kProperty, {}, {}, t}; }
};

/// The value behind a path into a JSON value; empty if there is none. Names are members of objects, numbers also
/// elements of arrays.
std::string_view follow(std::string_view json, const std::vector<std::string>& names);

namespace detail {

template <class F>
class PathWalk {
 public:
  PathWalk(const Linked* linked, F& f) : linked_(linked), f_(f) {}

  bool entity(const AttrPath& path, const Record& record) {
    if (path.of_entity) return entity_member(path.member, record);
    if (path.name == kNoTerm) return false;
    for (AttributeView a : record.attributes()) {
      if (a.name().value < path.name.value) continue;
      if (a.name() != path.name) return false;
      if (attribute(path, 0, a)) return true;
    }
    return false;
  }

  /// The rest of the path, in one instance of its first attribute.
  bool instance(const AttrPath& path, const AttributeView& a) { return attribute(path, 0, a); }

 private:
  bool instant(Instant t) { return t != kNoInstant && f_(Target::of_instant(t)); }
  bool text(std::string_view s) { return !s.empty() && f_(Target::of_text(s)); }
  bool json(AttrKind kind, std::string_view value) { return !value.empty() && f_(Target::of_json(kind, value)); }

  bool entity_member(Member member, const Record& record) {
    switch (member) {
      case Member::kId:
        return text(record.id());
      case Member::kType:
        for (std::uint16_t i = 0; i < record.type_count(); ++i) {
          if (text(terms().text(record.type(i)))) return true;
        }
        return false;
      case Member::kScope:
        for (std::string_view s : record.scopes()) {
          if (text(s)) return true;
        }
        return false;
      case Member::kCreatedAt:
        return instant(record.created_at());
      case Member::kModifiedAt:
        return instant(record.modified_at());
      case Member::kExpiresAt:
        return instant(record.expires_at());
      default:
        return false;
    }
  }

  bool attribute(const AttrPath& path, std::size_t level, const AttributeView& a) {
    if (level == path.subs.size()) return end(path, a);
    for (AttributeView sub : sub_attributes(a)) {
      if (sub.name() == path.subs[level] && attribute(path, level + 1, sub)) return true;
    }
    return false;
  }

  bool end(const AttrPath& path, const AttributeView& a) {
    const auto parts = a.parts();
    if (path.linked) return through(path, a.kind(), parts.value);
    if (path.member != Member::kNone) return attribute_member(path.member, a, parts);
    switch (a.kind()) {
      case AttrKind::kLanguageProperty:
        return languages(path, parts.value);
      case AttrKind::kRelationship:
      case AttrKind::kListRelationship:
      case AttrKind::kVocabProperty:
        return path.value_path.empty() && json(a.kind(), parts.value);
      case AttrKind::kProperty:
        if (path.value_path.empty()) return json(a.kind(), plain_value(parts.value));
        [[fallthrough]];
      default:
        return json(a.kind(), path.value_path.empty() ? parts.value : follow(parts.value, path.value_path));
    }
  }

  bool attribute_member(Member member, const AttributeView& a, const AttributeView::Parts& parts) {
    switch (member) {
      case Member::kType:
        return text(kind_name(a.kind()));
      case Member::kCreatedAt:
        return instant(a.created_at());
      case Member::kModifiedAt:
        return instant(a.modified_at());
      case Member::kExpiresAt:
        return instant(parts.expires_at);
      case Member::kObservedAt:
        return instant(parts.observed_at);
      case Member::kDatasetId:
        return text(parts.dataset_id);
      case Member::kUnitCode:
        return text(parts.unit_code);
      case Member::kValueType:
        return text(parts.value_type);
      case Member::kObjectType:
        for (std::size_t i = 0; i + 4 <= parts.object_types.size(); i += 4) {
          if (text(terms().text(TermId{load<std::uint32_t>(parts.object_types.data() + i)}))) return true;
        }
        return false;
      default:
        return false;
    }
  }

  bool languages(const AttrPath& path, std::string_view map) {
    if (path.value_path.size() > 1) return false;
    const bool any = path.value_path.empty() || path.value_path.front() == "*";
    return walk::any_member(map, [&](std::string_view key, std::string_view value) {
      if (!any && !equal_ignoring_case(key.substr(1, key.size() - 2), path.value_path.front())) return false;
      return json(AttrKind::kLanguageProperty, value);
    });
  }

  bool through(const AttrPath& path, AttrKind kind, std::string_view value) {
    if (!linked_ || (kind != AttrKind::kRelationship && kind != AttrKind::kListRelationship)) return false;
    const auto follow_one = [&](std::string_view uri) {
      std::string scratch;
      const RecordPtr next = linked_->find(walk::string_text(uri, scratch));
      if (!next) return false;
      bool type_fits = path.linked_types.empty();
      for (TermId t : path.linked_types) type_fits = type_fits || (t != kNoTerm && next->has_type(t));
      return type_fits && entity(*path.linked, *next);
    };
    return walk::is_array(value) ? walk::any_element(value, follow_one) : follow_one(value);
  }

  const Linked* linked_;
  F& f_;
};

}  // namespace detail

/// Calls f(target) for everything that `path` leads to (each instance, language, linked entity) until it answers true;
/// says whether it did. Allocates nothing unless a relationship is followed.
template <class F>
bool any_target(const AttrPath& path, const Record& record, const Linked* linked, F&& f) {
  return detail::PathWalk<std::remove_reference_t<F>>(linked, f).entity(path, record);
}

/// The same for one instance of the attribute that the path begins with.
template <class F>
bool any_target(const AttrPath& path, const AttributeView& instance, F&& f) {
  return detail::PathWalk<std::remove_reference_t<F>>(nullptr, f).instance(path, instance);
}

}  // namespace tsunagu::ngsi
