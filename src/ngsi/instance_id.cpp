#include "ngsi/instance_id.h"

#include "base/hash.h"

namespace tsunagu::ngsi {
namespace {

constexpr std::string_view kPrefix = "urn:ngsi-ld:Instance:";
constexpr std::size_t kDigits = 16;

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(value >> shift) & 15];
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

}  // namespace

std::uint64_t series_hash(std::string_view entity, TermId attribute, std::string_view dataset_id) {
  return hash64(dataset_id, hash64(terms().text(attribute), hash64(entity)));
}

void append_instance_id(std::string& out, const InstanceId& id) {
  out += kPrefix;
  append_hex(out, id.series);
  out += '-';
  append_hex(out, static_cast<std::uint64_t>(id.written.us));
}

std::optional<InstanceId> parse_instance_id(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  if (text.size() != 2 * kDigits + 1 || text[kDigits] != '-') return std::nullopt;
  const auto series = parse_hex(text.substr(0, kDigits));
  const auto written = parse_hex(text.substr(kDigits + 1));
  if (!series || !written) return std::nullopt;
  return InstanceId{*series, Instant{static_cast<std::int64_t>(*written)}};
}

}  // namespace tsunagu::ngsi
