#include "gateway/http/address_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace tsunagu::gateway {
namespace {

constexpr int kMappedBits = 96;  // of ::ffff:0:0/96, where IPv4 is

// RFC 6890 and its registries at IANA: what is not globally reachable, multicast, and 6to4 anycast.
constexpr std::pair<const char*, int> kNotPublic4[] = {
    {"0.0.0.0", 8},     {"10.0.0.0", 8},      {"100.64.0.0", 10},  {"127.0.0.0", 8},    {"169.254.0.0", 16},
    {"172.16.0.0", 12}, {"192.0.0.0", 24},    {"192.0.2.0", 24},   {"192.88.99.0", 24}, {"192.168.0.0", 16},
    {"198.18.0.0", 15}, {"198.51.100.0", 24}, {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4}};
// Of IPv6 only 2000::/3 is given out; not public in it:
constexpr std::pair<const char*, int> kNotPublic6[] = {{"2001::", 23}, {"2001:db8::", 32}, {"3fff::", 20}};

}  // namespace

bool AddressRules::read(std::string_view digits, Bytes& out) {
  const std::string text(digits.substr(0, digits.find('%')));  // fe80::1%eth0
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    out = {};
    out[10] = out[11] = 0xff;
    std::memcpy(&out[12], &four, sizeof four);
    return true;
  }
  return ::inet_pton(AF_INET6, text.c_str(), out.data()) == 1;
}

bool AddressRules::Range::holds(const Bytes& address) const {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(begin.begin(), begin.begin() + static_cast<std::ptrdiff_t>(whole), address.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return ((begin[whole] ^ address[whole]) & mask) == 0;
}

Result<AddressRules> AddressRules::public_and(const std::vector<std::string>& allowed) {
  AddressRules rules;
  rules.restricted_ = true;
  for (const std::string& each : allowed) {
    const std::size_t slash = each.find('/');
    Range range;
    const bool good = read(std::string_view(each).substr(0, slash), range.begin);
    const bool four = good && each.find(':') == std::string::npos;
    const int most = four ? 32 : 128;
    const auto bits = slash == std::string::npos ? most : parse_number<int>(std::string_view(each).substr(slash + 1));
    if (!good || !bits || *bits < 0 || *bits > most)
      return fail(ErrorCode::kInvalidRequest,
                  "\"" + each + "\" is no range of addresses: write 10.1.0.0/16, fd00::/8 or one address");
    range.bits = *bits + (four ? kMappedBits : 0);
    rules.allowed_.push_back(range);
  }
  return rules;
}

bool AddressRules::allows(const Bytes& address) const {
  if (!restricted_) return true;
  const auto in = [&](const Range& range) { return range.holds(address); };
  if (std::ranges::any_of(allowed_, in)) return true;
  static const auto ranges_of = [](const auto& table, int more_bits) {
    std::vector<Range> ranges;
    for (const auto& [digits, bits] : table) {
      read(digits, ranges.emplace_back().begin);
      ranges.back().bits = bits + more_bits;
    }
    return ranges;
  };
  static const std::vector<Range> not_public4 = ranges_of(kNotPublic4, kMappedBits);
  static const std::vector<Range> not_public6 = ranges_of(kNotPublic6, 0);
  constexpr Range kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, kMappedBits};
  if (kMapped.holds(address)) return std::ranges::none_of(not_public4, in);
  // What carries an IPv4 address in it is judged by that: NAT64 (64:ff9b::/96) and 6to4 (2002::/16).
  constexpr Range kNat64{{0, 0x64, 0xff, 0x9b}, 96}, kSixToFour{{0x20, 0x02}, 16}, kGivenOut{{0x20}, 3};
  Bytes inner = kMapped.begin;
  if (kNat64.holds(address)) {
    std::copy_n(address.begin() + 12, 4, inner.begin() + 12);
    return allows(inner);
  }
  if (kSixToFour.holds(address)) {
    std::copy_n(address.begin() + 2, 4, inner.begin() + 12);
    return allows(inner);
  }
  return kGivenOut.holds(address) && std::ranges::none_of(not_public6, in);
}

bool AddressRules::allows(std::string_view digits) const {
  Bytes address{};
  return !restricted_ || (read(digits, address) && allows(address));
}

bool AddressRules::allows(const sockaddr& address) const {
  if (!restricted_) return true;
  char digits[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, digits, sizeof digits);
  else if (address.sa_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, digits, sizeof digits);
  return allows(std::string_view(digits));
}

std::string AddressRules::refusal(std::string_view digits) {
  return std::string(digits) +
         " is an address inside a network, which nobody may make this server connect to; its operator can allow it "
         "(--allow-address)";
}

}  // namespace tsunagu::gateway
