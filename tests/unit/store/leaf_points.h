// Points of history made in memory, for tests of leaves.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/entity.h"
#include "ngsi/record.h"
#include "store/history/leaf.h"

namespace tsunagu::store {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr Instant kDay{1'700'000'000 * kSecond};

/// Holds points with the bytes of their instances.
struct Points {
  std::deque<std::string> bytes;
  std::vector<Point> list;

  void add(const ngsi::Attribute& a, Instant written, Instant deleted = kNoInstant) {
    std::string& packed = bytes.emplace_back();
    ngsi::append_packed(packed, a);
    list.push_back({written, deleted, packed});
  }
  /// A number, observed at `at`, written right then.
  void number(std::uint32_t name, Instant at, Instant written, std::string_view value) {
    ngsi::Attribute a;
    a.name = ngsi::TermId{name};
    a.kind = ngsi::AttrKind::kProperty;
    a.value = value;
    a.observed_at = at;
    a.modified_at = written;
    a.created_at = kDay;
    add(a, written);
  }
  std::string leaf() const {
    LeafWriter writer;
    for (const Point& p : list) writer.add(p);
    return writer.finish();
  }
  std::size_t packed_size() const {
    std::size_t n = 0;
    for (const std::string& b : bytes) n += b.size();
    return n;
  }
};

/// All points of all series of a leaf.
struct Unpacked {
  std::vector<Point> list;
  std::vector<std::string> arena;
};
inline Result<Unpacked> unpack(std::string_view leaf) {
  auto reader = LeafReader::open(leaf);
  if (!reader) return tl::unexpected(reader.error());
  Unpacked out;
  for (std::size_t i = 0; i < reader->series_count(); ++i)
    if (auto done = reader->points(i, out.list, out.arena); !done) return tl::unexpected(done.error());
  return out;
}

}  // namespace tsunagu::store
