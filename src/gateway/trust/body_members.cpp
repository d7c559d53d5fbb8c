#include "gateway/trust/body_members.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway {

namespace walk = ngsi::walk;

Result<BodyMembers> BodyMembers::read(std::string_view body, std::initializer_list<std::string_view> known) {
  BodyMembers out;
  if (!append_canonical_json(out.json_, body, 16) || !walk::is_object(out.json_)) {
    return fail(ErrorCode::kInvalidRequest, fmt::format("the body is a JSON object with {}", fmt::join(known, ", ")));
  }
  walk::any_member(out.json_, [&](std::string_view key, std::string_view) {
    const std::string name = json_string_text(key);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      out.wrong(name, fmt::format("means nothing here; there are {}", fmt::join(known, ", ")));
    }
    return false;
  });
  return out;
}

void BodyMembers::wrong(std::string_view name, std::string_view what) {
  if (!fault_) fault_ = Error{ErrorCode::kInvalidRequest, fmt::format("\"{}\" {}", name, what)};
}

std::string_view BodyMembers::json(std::string_view name) const {
  const std::string_view found = walk::member(json_, name);
  return found == "null" ? std::string_view() : found;
}

std::optional<std::string> BodyMembers::text_if(std::string_view name) {
  const std::string_view found = json(name);
  if (found.empty()) return std::nullopt;
  if (!walk::is_string(found)) {
    wrong(name, "is a text");
    return std::nullopt;
  }
  return json_string_text(found);
}

std::string BodyMembers::text(std::string_view name) {
  const auto found = text_if(name);
  if (!found || found->empty()) wrong(name, "is needed: a text");
  return found.value_or(std::string());
}

std::optional<std::vector<std::string>> BodyMembers::texts_if(std::string_view name) {
  const std::string_view found = json(name);
  if (found.empty()) return std::nullopt;
  std::vector<std::string> out;
  bool fits = walk::is_array(found);
  walk::any_element(found, [&](std::string_view element) {
    fits = fits && walk::is_string(element);
    if (fits) out.push_back(json_string_text(element));
    return !fits;
  });
  if (!fits) wrong(name, "is a list of texts");
  return out;
}

std::optional<Instant> BodyMembers::instant_if(std::string_view name) {
  const auto text = text_if(name);
  if (!text) return std::nullopt;
  auto instant = parse_instant(*text);
  if (!instant) instant = parse_instant(*text + "T00:00:00+09:00");
  if (!instant) wrong(name, "is a date and time: 2027-03-31T00:00:00+09:00, or 2027-03-31");
  return instant;
}

std::optional<int> BodyMembers::number_if(std::string_view name) {
  const std::string_view found = json(name);
  if (found.empty()) return std::nullopt;
  const auto number = parse_number<int>(found);
  if (!number) wrong(name, "is a whole number");
  return number;
}

}  // namespace tsunagu::gateway
