// Reading the documents that sign-in keeps, and bodies of requests, once they are canonical JSON (base/json.h).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_object.h"
#include "base/text.h"
#include "base/time.h"
#include "ngsi/json_walk.h"
#include "trust/subject.h"

namespace tsunagu::trust {

inline std::string text_in(std::string_view object, std::string_view name) {
  const auto value = ngsi::walk::member(object, name);
  return ngsi::walk::is_string(value) ? json_string_text(value) : std::string();
}
inline std::int64_t number_in(std::string_view object, std::string_view name) {
  return parse_number<std::int64_t>(ngsi::walk::member(object, name)).value_or(0);
}
inline bool truth_in(std::string_view object, std::string_view name) {
  return ngsi::walk::member(object, name) == "true";
}
inline Instant instant_in(std::string_view object, std::string_view name) {
  return parse_instant(text_in(object, name)).value_or(kNoInstant);
}
template <class Visit>
void each_in(std::string_view object, std::string_view name, Visit visit) {
  ngsi::walk::any_element(ngsi::walk::member(object, name), [&visit](std::string_view element) {
    visit(element);
    return false;
  });
}
/// Left out when there is none.
inline void put_instant(JsonObject& object, std::string_view name, Instant at) {
  if (at != kNoInstant) object.text(name, to_string(at));
}
/// kAnonymous for anything that is no name of a kind.
inline SubjectKind kind_named(std::string_view text) {
  for (const auto kind : {SubjectKind::kResident, SubjectKind::kStaff, SubjectKind::kDevice, SubjectKind::kProgram,
                          SubjectKind::kSystem}) {
    if (text == name(kind)) return kind;
  }
  return SubjectKind::kAnonymous;
}

}  // namespace tsunagu::trust
