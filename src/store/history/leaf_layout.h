// Where things are in a leaf: its directory, found in one pass; its dictionaries, unpacked when they are needed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/history/bytes.h"
#include "store/history/chunk.h"
#include "store/history/leaf_format.h"

namespace tsunagu::store::leaf {

/// One series of a leaf.
struct Series {
  std::uint32_t name;
  unsigned flags;
  std::size_t points, chunks;
  std::uint64_t shape_count = 0, text_count = 0;
  std::string_view body;
  SeriesWords words;  ///< after unpack(); its dataset_id from the start
};

/// Points into the bytes it was opened on.
class Layout {
 public:
  /// What is wrong with the bytes; nullptr if nothing is. Checks the checksum and every length. To be called once.
  const char* open(std::string_view bytes);
  /// Fills in `words` of all series. False for damaged bytes. Does nothing when called again.
  bool unpack();

  const LeafRange& range() const { return range_; }
  const std::vector<Series>& series() const { return series_; }
  /// Only of a series that has a table.
  static ChunkRow row(const Series& s, std::size_t chunk);
  /// The bytes of a chunk; nothing when the table is damaged.
  static std::optional<std::string_view> chunk_bytes(const Series& s, std::size_t chunk);

 private:
  bool read_head(Input& in, std::size_t& count, unsigned& flags);
  bool read_directory(Input& in, std::size_t count);

  LeafRange range_;
  std::vector<Series> series_;
  std::string_view packed_words_;
  std::uint64_t words_size_ = 0;
  std::string words_;
  bool unpacked_ = false;
};

}  // namespace tsunagu::store::leaf
