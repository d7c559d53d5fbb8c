#include "trust/tokens/claims.h"

#include <algorithm>
#include <cmath>

#include "ngsi/json_walk.h"

namespace tsunagu::trust {
namespace {

constexpr double kLastSecond = 253'402'300'799;  // of the year 9999

tl::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthorized, "The token does not hold: " + std::string(why) + ". Get a new one.");
}

}  // namespace

std::string Claims::text(std::string_view name) const {
  const std::string_view value = ngsi::walk::member(json_, name);
  return ngsi::walk::is_string(value) ? json_string_text(value) : std::string();
}

std::optional<Instant> Claims::time(std::string_view name) const {
  const auto seconds = ngsi::walk::number(ngsi::walk::member(json_, name));
  if (!seconds || !(std::abs(*seconds) <= kLastSecond)) return std::nullopt;
  return Instant{static_cast<std::int64_t>(*seconds * 1e6)};
}

std::vector<std::string> Claims::texts(std::string_view name) const {
  const std::string_view value = ngsi::walk::member(json_, name);
  std::vector<std::string> out;
  if (ngsi::walk::is_string(value)) out.push_back(json_string_text(value));
  ngsi::walk::any_element(value, [&](std::string_view each) {
    if (ngsi::walk::is_string(each)) out.push_back(json_string_text(each));
    return false;
  });
  return out;
}

bool Claims::has(std::string_view name) const {
  return !ngsi::walk::member(json_, name).empty();
}

Result<Claims> check_claims(const Jws& token, const Expected& expected, Instant now) {
  Claims claims(token.claims);
  if (expected.type.empty() ? token.type == "at+jwt" : token.type != expected.type)
    return refused("it is of another kind than what is needed here");
  if (claims.text("iss") != expected.issuer || expected.issuer.empty()) return refused("it comes from somebody else");
  const auto audience = claims.texts("aud");
  if (expected.audience.empty() || std::ranges::find(audience, expected.audience) == audience.end())
    return refused("it is meant for somebody else");
  const auto ends = claims.time("exp");
  if (!ends) return refused("it does not say until when");
  if (ends->us + kLeeway <= now.us) return refused("it has expired");
  for (const std::string_view begin : {"nbf", "iat"}) {
    const auto from = claims.time(begin);
    if (claims.has(begin) && !from) return refused(std::string(begin) + " is no time");
    if (from && from->us - kLeeway > now.us) return refused("it does not hold yet");
  }
  return claims;
}

}  // namespace tsunagu::trust
