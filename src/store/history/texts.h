// Texts of a leaf: compressed together where that makes them smaller (zstd), as dictionaries or one after the other.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/history/bytes.h"

namespace tsunagu::store::leaf {

/// No part of a leaf is larger than this when it is unpacked; an attribute instance cannot be (ngsi/record.h).
inline constexpr std::size_t kMaxUnpacked = std::size_t{80} << 20;

/// Appends: varint packed size, or 0 when the bytes follow as they are; the bytes. Their number when unpacked is to be
/// known by the reader.
void put_compressed(std::string& out, std::string_view bytes);
/// The same form, never packed: for what is soon written again.
void put_uncompressed(std::string& out, std::string_view bytes);
/// Unpacks what put_compressed wrote of `size` bytes. The result points into the input or into `room`. False for
/// damaged bytes.
bool read_compressed(Input& in, std::uint64_t size, std::string& room, std::string_view& bytes);

/// Texts one after the other: a column of lengths, then all of them compressed. 1 to 256 texts.
void put_texts(std::string& out, std::span<const std::string_view> texts);
/// The texts point into the input or into `room`.
bool read_texts(Input& in, std::size_t count, std::string& room, std::vector<std::string_view>& texts);

/// The texts of one series in one role, gathered; then told whether a dictionary of them pays.
class TextPool {
 public:
  void clear();
  /// Views must stay valid.
  void add(std::string_view text);
  std::size_t size() const { return all_.size(); }
  /// A dictionary is unpacked with the leaf, so it has to be small, or to say much in little.
  bool as_dictionary() const {
    return distinct_bytes_ <= 1024 || (distinct_bytes_ <= (1u << 20) && 2 * distinct_.size() <= all_.size());
  }
  const std::vector<std::string_view>& distinct() const { return distinct_; }
  /// Appends texts [begin, begin + count), by dictionary (nothing when it has one entry) or one after the other.
  void put(std::string& out, std::size_t begin, std::size_t count) const;

 private:
  std::uint32_t number_of(std::string_view text);

  std::unordered_map<std::string_view, std::uint32_t> numbers_;  ///< only when there are more than a few
  std::vector<std::string_view> distinct_;
  std::vector<std::uint32_t> all_;
  std::size_t distinct_bytes_ = 0;
};

}  // namespace tsunagu::store::leaf
