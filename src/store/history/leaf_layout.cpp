#include "store/history/leaf_layout.h"

#include "base/hash.h"
#include "store/history/texts.h"

namespace tsunagu::store::leaf {

ChunkRow Layout::row(const Series& s, std::size_t chunk) {
  ChunkRow row;
  std::memcpy(&row, s.body.data() + chunk * sizeof row, sizeof row);
  return row;
}

std::optional<std::string_view> Layout::chunk_bytes(const Series& s, std::size_t chunk) {
  if (!(s.flags & kTable)) return s.body;
  const std::size_t table = s.chunks * sizeof(ChunkRow);
  const std::size_t begin = chunk ? row(s, chunk - 1).end : 0, end = row(s, chunk).end;
  if (begin > end || end > s.body.size() - table) return std::nullopt;
  return s.body.substr(table + begin, end - begin);
}

const char* Layout::open(std::string_view bytes) {
  if (bytes.size() < kChecksumSize) return "it is cut off";
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumSize);
  std::uint64_t checksum;
  std::memcpy(&checksum, content.data() + content.size(), sizeof checksum);
  if (checksum != hash64(content)) return "its checksum is wrong";
  Input in(content);
  std::size_t count = 0;
  unsigned flags = 0;
  if (!read_head(in, count, flags)) return "its head makes no sense, or is of a newer version";
  if (!read_directory(in, count)) return "its directory makes no sense";
  if (flags & kHasDatasets && !unpack()) return "its dictionaries make no sense";
  return nullptr;
}

bool Layout::read_head(Input& in, std::size_t& count, unsigned& flags) {
  const auto magic = in.number<std::uint16_t>();
  const auto version = in.number<std::uint8_t>();
  flags = in.number<std::uint8_t>();
  if (!in.ok || magic != kMagic || version != kVersion || flags > kHasDatasets) return false;
  LeafRange& r = range_;
  r.first_time.us = in.number<std::int64_t>();
  for (Instant* t : {&r.last_time, &r.first_written, &r.last_written, &r.first_modified, &r.last_modified,
                     &r.first_created, &r.last_created})
    t->us = plus(r.first_time.us, in.signed_varint());
  r.points = in.varint();
  count = in.varint();
  return in.ok && count <= in.left();
}

bool Layout::read_directory(Input& in, std::size_t count) {
  std::vector<std::uint64_t> sizes;
  std::uint64_t name = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Series s{};
    name += in.varint();
    s.name = static_cast<std::uint32_t>(name);
    s.flags = in.number<std::uint8_t>();
    const std::uint64_t amount = in.varint();
    if (!in.ok || name == 0 || name > UINT32_MAX || s.flags > kAllSeriesFlags || amount == 0) return false;
    s.chunks = s.flags & kTable ? amount : 1;
    s.points = s.flags & kTable ? 0 : amount;
    if (s.points > kChunkPoints) return false;
    if (!(s.flags & kShapesInChunks)) s.shape_count = in.varint();
    if (!(s.flags & kTextsInChunks)) s.text_count = in.varint();
    sizes.push_back(in.varint());
    if (!in.ok) return false;
    series_.push_back(std::move(s));
  }
  words_size_ = in.varint();
  const char* begin = in.p;
  const std::uint64_t packed = in.varint();
  in.take(packed ? packed : words_size_);
  if (!in.ok) return false;
  packed_words_ = {begin, static_cast<std::size_t>(in.p - begin)};
  for (std::size_t i = 0; i < count; ++i) {
    Series& s = series_[i];
    s.body = in.take(sizes[i]);
    if (!in.ok) return false;
    if (!(s.flags & kTable)) continue;
    if (s.chunks > s.body.size() / sizeof(ChunkRow)) return false;
    for (std::size_t chunk = 0; chunk < s.chunks; ++chunk) s.points += row(s, chunk).points();
  }
  return in.left() == 0;
}

// Dictionaries and dataset ids.
bool Layout::unpack() {
  if (unpacked_) return true;
  Input packed(packed_words_);
  std::string_view bytes;
  if (!read_compressed(packed, words_size_, words_, bytes)) return false;
  Input in(bytes);
  for (Series& s : series_) {
    s.words = {ngsi::TermId{s.name},
               {},
               range_.first_time,
               range_.first_created,
               (s.flags & kShapesInChunks) != 0,
               (s.flags & kTextsInChunks) != 0,
               {},
               {}};
    if (s.flags & kDataset) s.words.dataset_id = in.text();
    for (std::uint64_t i = 0; i < s.shape_count && in.ok; ++i) s.words.shapes.push_back(in.text());
    for (std::uint64_t i = 0; i < s.text_count && in.ok; ++i) s.words.texts.push_back(in.text());
    if (!in.ok) return false;
  }
  unpacked_ = in.left() == 0;
  return unpacked_;
}

}  // namespace tsunagu::store::leaf
