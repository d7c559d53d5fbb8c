// Which addresses this program may connect to because somebody asked it to: endpoints of subscriptions, remote
// @contexts, providers of sign-in, catalogues that are harvested. Without a rule anybody who may make a subscription
// could reach what only this machine can reach (server-side request forgery).
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct sockaddr;

namespace tsunagu::gateway {

/// A value; cheap to copy. The question is asked of the address that is about to be connected to, never of a name: so
/// it does not help that a name means something else a moment later.
class AddressRules {
 public:
  /// Everything may be connected to.
  AddressRules() = default;
  /// Only addresses of the public internet (IANA special-purpose registries: not loopback, private, link-local,
  /// carrier, documentation, multicast …, nor IPv6 forms of these), and those in `allowed`: "10.1.0.0/16", "fd00::/8",
  /// or one address. InvalidRequest for what is neither.
  static Result<AddressRules> public_and(const std::vector<std::string>& allowed);

  bool allows(const sockaddr& address) const;
  /// Digits, as inet_ntop writes them; anything else is not allowed.
  bool allows(std::string_view digits) const;
  bool everything() const { return !restricted_; }

  /// What to tell somebody whose address is refused.
  static std::string refusal(std::string_view digits);

 private:
  using Bytes = std::array<std::uint8_t, 16>;  ///< IPv4 as ::ffff:a.b.c.d
  struct Range {
    Bytes begin{};
    int bits = 0;
    bool holds(const Bytes& address) const;
  };
  static bool read(std::string_view digits, Bytes& out);
  bool allows(const Bytes& address) const;

  bool restricted_ = false;
  std::vector<Range> allowed_;
};

}  // namespace tsunagu::gateway
