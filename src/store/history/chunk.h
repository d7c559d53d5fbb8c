// Reads one chunk of a series: the numbers by themselves, or whole instances.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/history/leaf_format.h"
#include "store/history/numbers.h"
#include "store/history/shape.h"

namespace tsunagu::store::leaf {

/// What all chunks of a series need to be read.
struct SeriesWords {
  ngsi::TermId name;
  std::string_view dataset_id;
  Instant first_time, first_created;  ///< of the leaf
  bool shapes_in_chunks = false, texts_in_chunks = false;
  std::vector<std::string_view> shapes, texts;  ///< dictionaries, where there are some
};

/// One at a time; large (30 KB), to be used again. Every `false`: damaged bytes.
class ChunkReader {
 public:
  /// Marks, main times, numbers. `first_time`: of the leaf. 8 bytes behind the chunk must be readable.
  bool open(std::string_view bytes, std::size_t points, Instant first_time);

  std::size_t size() const { return count_; }
  unsigned marks(std::size_t i) const { return marks_[i]; }
  bool same_marks() const { return same_marks_; }
  std::span<const Instant> times() const { return {times_.data(), count_}; }
  /// Value of point i where it is in the column of numbers.
  double value(std::size_t i) const { return values_[i]; }
  std::span<const double> values() const { return {values_.data(), count_}; }

  /// The rest of the columns; `words` must stay, and not change while they have the same address.
  bool read_instances(const SeriesWords& words);
  /// After read_instances: written and deleted of point i, and its instance appended to `out` (Point::instance is left
  /// empty).
  bool append_instance(std::size_t i, Point& point, std::string& out);
  /// After read_instances: the text of a value that is a number kept as text.
  std::string_view text(std::size_t i) const { return texts_[place_[i]]; }

 private:
  struct KnownShape {
    std::int64_t number = -1;
    Shape shape;
  };
  bool read_marks(unsigned head);
  const Shape* shape(std::size_t i);

  std::size_t count_ = 0;
  bool created_as_modified_ = false, same_marks_ = true;
  std::array<std::uint8_t, kChunkPoints> marks_;
  std::array<std::int64_t, kChunkPoints> written_, modified_, created_, deleted_, shape_numbers_;
  std::array<Instant, kChunkPoints> times_;
  std::array<double, kChunkPoints> values_;
  std::array<std::uint16_t, kChunkPoints> place_;  // in the column of numbers or of texts
  std::size_t numbers_ = 0, deletions_ = 0;
  NumberColumn number_column_;
  Input rest_{std::string_view{}};
  bool rest_read_ = false;
  const SeriesWords* words_ = nullptr;  // that known_ is of
  std::string shape_room_, text_room_, value_;
  std::vector<std::string_view> shapes_, texts_;
  std::array<KnownShape, 8> known_;
};

}  // namespace tsunagu::store::leaf
