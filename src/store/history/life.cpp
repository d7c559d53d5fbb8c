#include "store/history/life.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace tsunagu::store {
namespace {

constexpr std::uint16_t kVersion = 2;  // 1 had no flag but kEdited
constexpr std::size_t kChecksum = 8;

constexpr unsigned kEdited = 1, kLastKept = 2, kThinned = 4;  // of a series

}  // namespace

SeriesInfo* Life::find(ngsi::TermId name, std::string_view dataset_id) {
  for (SeriesInfo& one : series)
    if (one.key.name == name && one.key.dataset_id == dataset_id) return &one;
  return nullptr;
}
const SeriesInfo* Life::find(ngsi::TermId name, std::string_view dataset_id) const {
  return const_cast<Life*>(this)->find(name, dataset_id);
}

std::string pack_life(const Life& life) {
  std::string out(kChecksum, '\0');
  put(out, kVersion);
  put(out, static_cast<std::uint16_t>(life.edited));
  put(out, static_cast<std::uint32_t>(life.states.size()));
  for (const EntityState& state : life.states) {
    put(out, state.at.us);
    put(out, static_cast<std::uint8_t>(state.deleted));
    put(out, static_cast<std::uint16_t>(state.types.size()));
    for (const ngsi::TermId type : state.types) put(out, type.value);
    put(out, static_cast<std::uint16_t>(state.scopes.size()));
    for (const std::string& scope : state.scopes) put_short(out, scope);
  }
  put(out, static_cast<std::uint32_t>(life.series.size()));
  for (const SeriesInfo& one : life.series) {
    put(out, one.key.name.value);
    put_short(out, one.key.dataset_id);
    const unsigned flags =
        (one.edited ? kEdited : 0) | (one.last_kept ? kLastKept : 0) | (one.thinned_to > 0 ? kThinned : 0);
    put(out, static_cast<std::uint8_t>(flags));
    put(out, one.points);
    put(out, one.first_time.us);
    put(out, one.last_time.us);
    if (one.thinned_to == 0) continue;
    put(out, one.thinned_before.us);
    put(out, one.thinned_to);
  }
  put_at(out, 0, hash64(std::string_view(out).substr(kChecksum), life.number));
  return out;
}

bool unpack_life(std::string_view bytes, Life& life) {
  ByteReader in(bytes);
  const auto checksum = in.number<std::uint64_t>();
  if (!in.ok || checksum != hash64(in.rest(), life.number)) return false;
  const auto version = in.number<std::uint16_t>();
  if (version < 1 || version > kVersion) return false;
  life.edited = in.number<std::uint16_t>() != 0;
  life.states.clear();
  life.series.clear();
  for (auto n = in.number<std::uint32_t>(); in.ok && n > 0; --n) {
    EntityState& state = life.states.emplace_back();
    state.at.us = in.number<std::int64_t>();
    state.deleted = in.number<std::uint8_t>() != 0;
    for (auto types = in.number<std::uint16_t>(); in.ok && types > 0; --types)
      state.types.push_back(ngsi::TermId{in.number<std::uint32_t>()});
    for (auto scopes = in.number<std::uint16_t>(); in.ok && scopes > 0; --scopes)
      state.scopes.emplace_back(in.short_text());
  }
  for (auto n = in.number<std::uint32_t>(); in.ok && n > 0; --n) {
    SeriesInfo& one = life.series.emplace_back();
    one.key.name.value = in.number<std::uint32_t>();
    one.key.dataset_id = in.short_text();
    const auto flags = in.number<std::uint8_t>();
    if (flags > 7) return false;
    one.edited = flags & kEdited;
    one.last_kept = flags & kLastKept;
    one.points = in.number<std::uint64_t>();
    one.first_time.us = in.number<std::int64_t>();
    one.last_time.us = in.number<std::int64_t>();
    if (!(flags & kThinned)) continue;
    one.thinned_before.us = in.number<std::int64_t>();
    one.thinned_to = in.number<std::int64_t>();
  }
  return in.done();
}

}  // namespace tsunagu::store
