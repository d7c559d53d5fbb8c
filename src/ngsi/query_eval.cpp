#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <compare>

#include "ngsi/query.h"
#include "ngsi/query_path.h"
#include "ngsi/time_of_day.h"

namespace tsunagu::ngsi {

namespace {

using Type = QueryValue::Type;
constexpr auto kDifferentType = std::partial_ordering::unordered;

std::partial_ordering to_partial(std::strong_ordering o) {
  return o;
}

/// Is `json` an integer written without point and exponent?
bool is_plain_integer(std::string_view json) {
  return std::all_of(json.begin() + (json.front() == '-'), json.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Two integers beyond 2^53, which a double cannot tell apart, by their digits.
std::partial_ordering compare_integers(std::string_view a, std::string_view b) {
  const bool minus = a.front() == '-';
  if (minus != (b.front() == '-')) return minus ? std::partial_ordering::less : std::partial_ordering::greater;
  const auto order = a.size() != b.size() ? a.size() <=> b.size() : a.compare(b) <=> 0;
  return minus ? 0 <=> order : order;
}

std::partial_ordering compare_number(std::string_view json, const QueryValue& value) {
  const auto number = walk::number(json);
  if (!number) return kDifferentType;
  constexpr double kExact = 9007199254740992.0;
  if (*number == value.number && std::fabs(*number) >= kExact && is_plain_integer(json) &&
      is_plain_integer(value.json)) {
    return compare_integers(json, value.json);
  }
  return *number <=> value.number;
}

/// UTF-8 bytes order like code points.
std::partial_ordering compare_text(std::string_view a, std::string_view b) {
  return to_partial(a.compare(b) <=> 0);
}

std::partial_ordering compare_time(std::string_view text, const QueryValue& value) {
  if (value.type == Type::kTime) {
    const auto time = parse_time_of_day(text);
    return time ? static_cast<double>(*time) <=> value.number : kDifferentType;
  }
  auto instant = parse_instant(text);
  if (!instant) instant = parse_date(text);
  return instant ? to_partial(*instant <=> value.instant) : kDifferentType;
}

/// A scalar of the data against a value of the query; unordered when their types differ.
std::partial_ordering compare_scalar(std::string_view json, const QueryValue& value) {
  switch (value.type) {
    case Type::kNumber:
      return compare_number(json, value);
    case Type::kBool:
      return walk::is_bool(json) && json == value.json ? std::partial_ordering::equivalent : kDifferentType;
    case Type::kString:
    case Type::kUri: {
      if (!walk::is_string(json)) return kDifferentType;
      std::string scratch;
      return compare_text(walk::string_text(json, scratch), value.text);
    }
    case Type::kInstant:
    case Type::kDate:
    case Type::kTime: {
      if (!walk::is_string(json)) return kDifferentType;
      std::string scratch;
      return compare_time(walk::string_text(json, scratch), value);
    }
  }
  return kDifferentType;
}

bool equals(AttrKind kind, std::string_view json, const QueryValue& value) {
  if (!value.expanded.empty()) {
    if (json == value.expanded) return true;
    if (kind == AttrKind::kVocabProperty) return false;
  }
  if ((value.type == Type::kString || value.type == Type::kUri) && json == value.json) return true;
  return compare_scalar(json, value) == 0;
}

bool in_range(std::partial_ordering from_low, std::partial_ordering from_high) {
  return from_low >= 0 && from_high <= 0;
}

/// Is the scalar one of the values, or inside of the range?
bool is_one_of(const QueryExpr& q, AttrKind kind, std::string_view json) {
  if (q.range) return in_range(compare_scalar(json, q.values[0]), compare_scalar(json, q.values[1]));
  return std::any_of(q.values.begin(), q.values.end(), [&](const QueryValue& v) { return equals(kind, json, v); });
}

bool ordered(Comparator op, std::partial_ordering order) {
  switch (op) {
    case Comparator::kGreater:
      return order > 0;
    case Comparator::kGreaterEqual:
      return order >= 0;
    case Comparator::kLess:
      return order < 0;
    case Comparator::kLessEqual:
      return order <= 0;
    default:
      return false;
  }
}

bool found_in(const QueryExpr& q, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *static_cast<const RE2*>(q.pattern.get()));
}

bool found_in_json(const QueryExpr& q, std::string_view json) {
  std::string scratch;
  return walk::is_string(json) && found_in(q, walk::string_text(json, scratch));
}

/// f on the value itself, or on each element of an array; is any true?
template <class F>
bool any_scalar(std::string_view json, F&& f) {
  return walk::is_array(json) ? walk::any_element(json, f) : f(json);
}

bool holds_json(const QueryExpr& q, AttrKind kind, std::string_view json) {
  const auto one_of = [&](std::string_view v) { return is_one_of(q, kind, v); };
  if (q.op == Comparator::kEqual) return any_scalar(json, one_of);
  if (q.op == Comparator::kNotEqual) return !any_scalar(json, one_of);
  // URIs are no texts: they have no order and no pattern is sought in them.
  if (kind == AttrKind::kRelationship || kind == AttrKind::kListRelationship) return false;
  const auto found = [&](std::string_view v) { return found_in_json(q, v); };
  if (q.op == Comparator::kMatch) return any_scalar(json, found);
  if (q.op == Comparator::kNotMatch) return any_scalar(json, walk::is_string) && !any_scalar(json, found);
  return any_scalar(json, [&](std::string_view v) { return ordered(q.op, compare_scalar(v, q.values[0])); });
}

/// One of the members that are not JSON, against one value.
std::partial_ordering compare_member(const Target& target, const QueryValue& value) {
  if (target.type == Target::Type::kInstant) {
    return value.instant == kNoInstant ? kDifferentType : to_partial(target.instant <=> value.instant);
  }
  if (value.type != Type::kString && value.type != Type::kUri) return kDifferentType;
  const auto expanded = std::string_view(value.expanded);
  if (!expanded.empty() && target.text == expanded.substr(1, expanded.size() - 2))
    return std::partial_ordering::equivalent;
  return compare_text(target.text, value.text);
}

bool holds_member(const QueryExpr& q, const Target& target) {
  if (q.op == Comparator::kMatch || q.op == Comparator::kNotMatch) {
    return target.type == Target::Type::kText && found_in(q, target.text) == (q.op == Comparator::kMatch);
  }
  if (q.op != Comparator::kEqual && q.op != Comparator::kNotEqual)
    return ordered(q.op, compare_member(target, q.values[0]));
  const bool one_of = q.range ? in_range(compare_member(target, q.values[0]), compare_member(target, q.values[1]))
                              : std::any_of(q.values.begin(), q.values.end(),
                                            [&](const QueryValue& v) { return compare_member(target, v) == 0; });
  return one_of == (q.op == Comparator::kEqual);
}

bool holds(const QueryExpr& q, const Target& target) {
  return target.type == Target::Type::kJson ? holds_json(q, target.kind, target.json) : holds_member(q, target);
}

std::partial_ordering compare_bare(double number, const QueryValue& value) {
  return value.type == Type::kNumber ? number <=> value.number : kDifferentType;
}

}  // namespace

bool matches_instance(const QueryExpr& comparison, AttributeView instance) {
  const bool exists = comparison.kind == QueryExpr::Kind::kExists;
  return any_target(comparison.path, instance,
                    [&](const Target& target) { return exists || holds(comparison, target); });
}

bool on_bare_values(const QueryExpr& comparison) {
  const AttrPath& path = comparison.path;
  return path.subs.empty() && path.value_path.empty() && path.member == Member::kNone && !path.linked;
}

bool matches_number(const QueryExpr& q, double number) {
  if (q.kind == QueryExpr::Kind::kExists) return true;
  if (q.op == Comparator::kMatch || q.op == Comparator::kNotMatch) return false;
  if (q.op != Comparator::kEqual && q.op != Comparator::kNotEqual) {
    return ordered(q.op, compare_bare(number, q.values[0]));
  }
  const bool one_of = q.range ? in_range(compare_bare(number, q.values[0]), compare_bare(number, q.values[1]))
                              : std::any_of(q.values.begin(), q.values.end(),
                                            [&](const QueryValue& v) { return compare_bare(number, v) == 0; });
  return one_of == (q.op == Comparator::kEqual);
}

bool matches(const QueryExpr& q, const Record& record, const Linked* linked) {
  switch (q.kind) {
    case QueryExpr::Kind::kAnd:
      return std::all_of(q.children.begin(), q.children.end(),
                         [&](const QueryExpr& c) { return matches(c, record, linked); });
    case QueryExpr::Kind::kOr:
      return std::any_of(q.children.begin(), q.children.end(),
                         [&](const QueryExpr& c) { return matches(c, record, linked); });
    case QueryExpr::Kind::kExists:
      return any_target(q.path, record, linked, [](const Target&) { return true; });
    case QueryExpr::Kind::kCompare:
      return any_target(q.path, record, linked, [&](const Target& target) { return holds(q, target); });
  }
  return false;
}

}  // namespace tsunagu::ngsi
