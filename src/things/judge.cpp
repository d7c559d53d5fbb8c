#include "things/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/hash.h"
#include "base/json.h"
#include "ngsi/json_walk.h"

namespace tsunagu::things {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kAhead = 300 * kSecond;
constexpr Instant kFirst{946'684'800 * kSecond};  // 2000-01-01

std::uint32_t mark_of(Instant at, std::uint64_t hash) {
  const auto mark = static_cast<std::uint32_t>((hash ^ static_cast<std::uint64_t>(at.us) * 0x9E3779B97F4A7C15u) >> 32);
  return mark == 0 ? 1 : mark;
}

bool was_said(const Track& track, std::uint32_t mark) {
  return std::find(std::begin(track.recent), std::end(track.recent), mark) != std::end(track.recent);
}

void note(Track& track, std::uint32_t mark) {
  track.recent[track.next] = mark;
  track.next = static_cast<std::uint8_t>((track.next + 1) % std::size(track.recent));
}

constexpr std::uint8_t kCalmAgain = 100;

void remember(Memory& memory, Instant at, std::uint64_t hash) {
  Memory::Seen& place = memory.seen[memory.next];
  memory.next = static_cast<std::uint8_t>((memory.next + 1) % memory.seen.size());
  if (place.at != kNoInstant) memory.floor = std::max(memory.floor, place.at);
  place = {at, hash};
}

bool remembered(const Memory& memory, Instant at, std::uint64_t hash) {
  return std::any_of(memory.seen.begin(), memory.seen.end(),
                     [&](const Memory::Seen& seen) { return seen.at == at && seen.mark == hash; });
}

/// Of one that is not the newest.
Verdict place_in_past(Track& track, Instant at, std::uint64_t hash) {
  if (track.memory && at > track.memory->floor) {
    track.memory->calm = 0;
    if (remembered(*track.memory, at, hash)) return Verdict::kDuplicate;
    remember(*track.memory, at, hash);
    return Verdict::kNewPast;
  }
  if (!track.memory && Memory::alive < Memory::kMost) {
    track.memory = std::make_unique<Memory>();
    track.memory->floor = track.at;
  }
  return Verdict::kPast;
}

}  // namespace

void begin_track(Track& track, std::string_view value, Instant at) {
  track.at = track.moved_at = at;
  track.hash = hash64(value);
  const auto number = ngsi::walk::number(value);
  track.value = number.value_or(std::numeric_limits<double>::quiet_NaN());
  note(track, mark_of(at, track.hash));
}

Verdict judge(Point& point, Track& track, Instant arrived, bool simulated, bool overtaken) {
  if (point.at == kNoInstant) {
    point.at = arrived;
  } else if (!simulated && (point.at < kFirst || point.at.us > arrived.us + kAhead)) {
    point.quality |= kClock;
    point.said_at = point.at;
    point.at = arrived;
  }
  const Measure* measure = point.measure;
  auto number = ngsi::walk::number(point.value);
  if (number && measure != nullptr && (measure->scale != 1 || measure->offset != 0)) {
    const double corrected = *number * measure->scale + measure->offset;
    if (std::isfinite(corrected)) {
      point.raw = std::move(point.value);
      point.value.clear();
      // Nine digits: what a float of the device can mean, without the noise of the multiplication.
      append_json_number(point.value, std::strtod(fmt::format("{:.9g}", corrected).c_str(), nullptr));
      number = corrected;
    }
  }
  const std::uint64_t hash = hash64(point.value);
  // A clock that cannot be right says the same again at another time of ours.
  const std::uint32_t mark = mark_of(point.said_at == kNoInstant ? point.at : point.said_at, hash);
  if (was_said(track, mark)) return Verdict::kDuplicate;
  note(track, mark);

  if (number && measure != nullptr && (*number < measure->least || *number > measure->most))
    point.quality |= kOutOfRange;
  if (track.at != kNoInstant && point.at <= track.at) {
    const Verdict verdict = place_in_past(track, point.at, hash);
    if (point.at == track.at) {
      point.quality |= kRepeated;
    } else if (!overtaken) {
      point.quality |= kLate;
    }
    return verdict;
  }
  if (track.memory) {
    remember(*track.memory, point.at, hash);
    if (++track.memory->calm == kCalmAgain) track.memory.reset();
  }
  if (track.at == kNoInstant || track.hash != hash) {
    track.moved_at = point.at;
  } else if (measure != nullptr && measure->stuck_after_s > 0 &&
             point.at.us - track.moved_at.us > measure->stuck_after_s * kSecond) {
    point.quality |= kStuck;
  }
  if (number && measure != nullptr && measure->max_per_second > 0 && std::isfinite(track.value)) {
    const double seconds = static_cast<double>(point.at.us - track.at.us) / 1e6;
    if (std::abs(*number - track.value) > measure->max_per_second * seconds) point.quality |= kTooFast;
  }
  track.at = point.at;
  track.hash = hash;
  track.value = number.value_or(std::numeric_limits<double>::quiet_NaN());
  track.out_of_range = (point.quality & kOutOfRange) != 0;
  return Verdict::kCurrent;
}

}  // namespace tsunagu::things
