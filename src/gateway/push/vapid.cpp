#include "gateway/push/vapid.h"

#include <fstream>
#include <iterator>

#include "base/json_object.h"
#include "ngsi/json_walk.h"
#include "trust/keys.h"

namespace tsunagu::gateway {
namespace {

constexpr std::int64_t kHolds_us = std::int64_t{12} * 3600 * 1'000'000;

std::string member_bytes(std::string_view jwk, std::string_view name) {
  return trust::from_base64url(json_string_text(ngsi::walk::member(jwk, name))).value_or("");
}

}  // namespace

std::string_view origin_of(std::string_view address) {
  const std::size_t host = address.find("://");
  if (host == std::string_view::npos) return {};
  return address.substr(0, address.find_first_of("/?#", host + 3));
}

Result<Vapid> Vapid::open(const std::filesystem::path& file, std::string contact) {
  std::error_code ignored;
  if (std::filesystem::create_directories(file.parent_path(), ignored)) {
    std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all, ignored);
  }
  Result<trust::TokenKey> key = bad("");
  if (std::ifstream in(file, std::ios::binary); in) {
    key = trust::TokenKey::from_jwk(std::string{std::istreambuf_iterator<char>(in), {}});
    if (!key || key->sign("JWT", "{}").empty()) return bad(file.string() + ": this is no key of Web Push that can sign");
  } else {
    key = trust::TokenKey::make();
    if (!key) return tl::unexpected(key.error());
    if (auto written = trust::write_private(file, key->jwk(true) + "\n"); !written) return tl::unexpected(written.error());
  }
  const std::string jwk = key->jwk(), x = member_bytes(jwk, "x"), y = member_bytes(jwk, "y");
  if (x.size() != 32 || y.size() != 32) return bad(file.string() + ": a key of Web Push is one of P-256");
  return Vapid(std::move(*key), std::move(contact), trust::to_base64url('\x04' + x + y));
}

std::string Vapid::authorization(std::string_view origin, Instant now) {
  const std::lock_guard lock(mutex_);
  auto found = signed_.find(origin);
  if (found == signed_.end() || found->second.again <= now) {
    if (signed_.size() >= kMaxOrigins) signed_.clear();
    std::string claims;
    JsonObject(claims)
        .text("aud", origin)
        .number("exp", (now.us + kHolds_us) / 1'000'000)
        .text_if("sub", contact_)
        .end();
    found = signed_.insert_or_assign(std::string(origin), Signed{key_.sign("JWT", claims), Instant{now.us + kHolds_us / 2}}).first;
  }
  return "vapid t=" + found->second.token + ", k=" + point_;
}

}  // namespace tsunagu::gateway
