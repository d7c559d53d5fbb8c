#include "gateway/ngsild/media_type.h"

#include <array>

#include "base/text.h"

namespace tsunagu::gateway::ngsild {
namespace {

constexpr std::array kNames{std::string_view("application/json"), std::string_view("application/ld+json"),
                            std::string_view("application/geo+json")};

/// How precisely a media range names a type: 0 not at all, 1 "*/*", 2 "application/*" (of its family), 3 the type
/// itself.
int precision(std::string_view range, std::string_view type) {
  if (range == "*/*" || range == "*") return 1;
  if (range.ends_with("/*") &&
      equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, type.find('/') + 1))) {
    return 2;
  }
  return equal_ignoring_case(range, type) ? 3 : 0;
}

double weight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = trim(take_until(parameters, ';'));
    const std::string_view key = trim(take_until(value, '='));
    if (equal_ignoring_case(key, "q")) {
      const auto q = parse_number<double>(trim(value));
      return q && *q >= 0 && *q <= 1 ? *q : 0;
    }
  }
  return 1;
}

double weight_of(std::string_view accept, std::string_view type) {
  int best = 0;
  double q = 0;
  while (!accept.empty()) {
    std::string_view parameters = take_until(accept, ',');
    const int p = precision(trim(take_until(parameters, ';')), type);
    if (p > best) {
      best = p;
      q = weight(parameters);
    }
  }
  return q;
}

}  // namespace

std::string_view name(MediaType type) {
  return kNames[static_cast<std::size_t>(type)];
}

bool accepts(std::string_view accept, std::string_view type) {
  return trim(accept).empty() || weight_of(accept, type) > 0;
}

std::optional<MediaType> negotiate(std::string_view accept, bool geojson_possible) {
  accept = trim(accept);
  if (accept.empty() || accept == "*/*" || accept == kNames[0]) return MediaType::kJson;
  std::optional<MediaType> chosen;
  double best = 0;
  for (std::size_t i = 0; i < (geojson_possible ? kNames.size() : kNames.size() - 1); ++i) {
    const double q = weight_of(accept, kNames[i]);
    if (q > best) {
      best = q;
      chosen = static_cast<MediaType>(i);
    }
  }
  return chosen;
}

std::optional<MediaType> body_type(std::string_view content_type, bool merge_patch) {
  const std::string_view type = trim(take_until(content_type, ';'));
  if (equal_ignoring_case(type, kNames[0])) return MediaType::kJson;
  if (equal_ignoring_case(type, kNames[1])) return MediaType::kJsonLd;
  if (merge_patch && equal_ignoring_case(type, "application/merge-patch+json")) return MediaType::kJson;
  return std::nullopt;
}

bool prefers_plain_json(std::string_view prefer) {
  while (!prefer.empty()) {
    std::string_view preference = take_until(prefer, ',');
    std::string_view value = trim(take_until(preference, ';'));
    const std::string_view key = trim(take_until(value, '='));
    value = trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (equal_ignoring_case(key, "body") && equal_ignoring_case(value, "json")) return true;
  }
  return false;
}

}  // namespace tsunagu::gateway::ngsild
