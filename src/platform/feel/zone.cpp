// Zones by name come from ICU, which brings the IANA database with it; GCC 12 has no chrono::tzdb.
#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "platform/feel/temporal.h"

namespace tsunagu::platform::feel {

class Zone {
 public:
  std::string name;  // empty: an offset
  std::int32_t offset = 0;
  bool fixed = true;
  std::unique_ptr<icu::TimeZone> rules;
};

namespace {

struct Zones {
  std::mutex mutex;
  std::map<std::int32_t, std::unique_ptr<Zone>> offsets;
  std::map<std::string, std::unique_ptr<Zone>, std::less<>> names;
};
Zones& all_zones() {
  static Zones zones;
  return zones;
}

constexpr std::size_t kMaxName = 64;

std::optional<std::int32_t> offset_in(std::string_view text) {
  // +hh:mm or +hh:mm:ss
  if (text.size() != 6 && text.size() != 9) return std::nullopt;
  std::int32_t parts[3] = {};
  for (std::size_t at = 1, part = 0; at < text.size(); at += 3, ++part) {
    if (at > 1 && text[at - 1] != ':') return std::nullopt;
    for (std::size_t i = at; i < at + 2; ++i) {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      parts[part] = parts[part] * 10 + (text[i] - '0');
    }
  }
  if (parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const std::int32_t size = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (size > 18 * 3600) return std::nullopt;
  return text[0] == '-' ? -size : size;
}

}  // namespace

const Zone* zone_of_offset(std::int32_t seconds) {
  Zones& zones = all_zones();
  const std::lock_guard lock(zones.mutex);
  auto& zone = zones.offsets[seconds];
  if (!zone) {
    zone = std::make_unique<Zone>();
    zone->offset = seconds;
  }
  return zone.get();
}

const Zone* find_zone(std::string_view text) {
  if (text.empty() || text.size() > kMaxName) return nullptr;
  if (text == "Z") return zone_of_offset(0);
  if (text[0] == '+' || text[0] == '-') {
    const auto offset = offset_in(text);
    return offset ? zone_of_offset(*offset) : nullptr;
  }
  Zones& zones = all_zones();
  const std::lock_guard lock(zones.mutex);
  if (const auto at = zones.names.find(text); at != zones.names.end()) return at->second.get();
  auto zone = std::make_unique<Zone>();
  zone->name = text;
  zone->rules.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone->name)));
  icu::UnicodeString id;
  if (zone->rules == nullptr || zone->rules->getID(id) == UCAL_UNKNOWN_ZONE_ID) return nullptr;
  zone->fixed = zone->rules->useDaylightTime() == 0;
  zone->offset = zone->rules->getRawOffset() / 1000;
  return zones.names.emplace(std::string(text), std::move(zone)).first->second.get();
}

std::string zone_name(const Zone& zone) {
  return zone.name;
}

std::int32_t offset_at(const Zone& zone, Date date, std::int64_t nanos) {
  if (zone.rules == nullptr) return zone.offset;
  const auto milliseconds =
      static_cast<double>(day_number(date)) * 86'400'000.0 + static_cast<double>(nanos / 1'000'000);
  std::int32_t raw = 0, saving = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone.rules->getOffset(milliseconds, 1, raw, saving, status);
  return U_FAILURE(status) != 0 ? zone.offset : (raw + saving) / 1000;
}

std::optional<std::int32_t> offset_of(const Time& time) {
  if (time.zone == nullptr) return std::nullopt;
  return time.zone->offset;
}

}  // namespace tsunagu::platform::feel
