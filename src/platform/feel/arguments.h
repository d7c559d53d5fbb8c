// Reading of arguments for the files of built-in functions: a list of one stands for its item, an item for a list of
// one.
#pragma once
#include "platform/feel/functions.h"

namespace tsunagu::platform::feel {

inline const Value& single(const Value& value) {
  const List* list = value.list();
  return list != nullptr && list->size() == 1 ? (*list)[0] : value;
}
inline const Decimal* number(const Arguments& a, std::size_t i) {
  return i < a.size() ? single(a[i]).number() : nullptr;
}
inline const std::string* string(const Arguments& a, std::size_t i) {
  return i < a.size() ? single(a[i]).string() : nullptr;
}
inline const Context* context(const Arguments& a, std::size_t i) {
  return i < a.size() ? single(a[i]).context() : nullptr;
}
/// A whole number.
inline std::optional<std::int64_t> whole(const Arguments& a, std::size_t i) {
  const Decimal* value = number(a, i);
  return value != nullptr && value->whole() ? value->to_int() : std::nullopt;
}
/// The list, or a list of the one value; empty for null.
inline std::optional<List> list(const Arguments& a, std::size_t i) {
  if (i >= a.size() || a[i].null()) return std::nullopt;
  if (const List* held = a[i].list()) return *held;
  return List{a[i]};
}
/// One list, or all arguments as one.
inline std::optional<List> items(const Arguments& a) {
  if (a.size() == 1) return list(a, 0);
  return List(a.values.begin(), a.values.end());
}
inline bool given(const Arguments& a, std::size_t i) {
  return i < a.size() && !a[i].null();
}

}  // namespace tsunagu::platform::feel
