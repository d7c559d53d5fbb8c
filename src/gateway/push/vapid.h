// By which key this installation shows push services who it is (VAPID, RFC 8292).
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "trust/tokens/jws.h"

namespace tsunagu::gateway {

/// Thread-safe.
class Vapid {
 public:
  /// The pair in `file` (JWK, mode 0600), made when there is none: browsers' subscriptions hold for this one only.
  /// `contact`: "mailto:…" or "https://…", whom a push service can ask; "" for nobody. BadRequestData, ReadOnly.
  static Result<Vapid> open(const std::filesystem::path& file, std::string contact);
  Vapid(Vapid&& other) noexcept : key_(std::move(other.key_)), contact_(std::move(other.contact_)), point_(std::move(other.point_)) {}

  /// The public half, as browsers want it ("applicationServerKey"): base64url of 65 bytes.
  const std::string& public_key() const { return point_; }
  /// The value of Authorization for a push service. Signed for a day at most; the same for half of it.
  std::string authorization(std::string_view origin, Instant now);

 private:
  Vapid(trust::TokenKey key, std::string contact, std::string point)
      : key_(std::move(key)), contact_(std::move(contact)), point_(std::move(point)) {}
  struct Signed {
    std::string token;
    Instant again;
  };
  static constexpr std::size_t kMaxOrigins = 1000;
  trust::TokenKey key_;
  std::string contact_, point_;
  std::mutex mutex_;
  std::map<std::string, Signed, std::less<>> signed_;
};

/// scheme://host[:port] of an address.
std::string_view origin_of(std::string_view address);

}  // namespace tsunagu::gateway
