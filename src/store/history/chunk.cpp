#include "store/history/chunk.h"

#include <algorithm>
#include <numeric>

#include "store/history/texts.h"

namespace tsunagu::store::leaf {

bool ChunkReader::read_marks(unsigned head) {
  const unsigned same = head & kAllMarks;
  same_marks_ = !(head & kMarksDiffer);
  if (same_marks_) {
    std::fill_n(marks_.begin(), count_, static_cast<std::uint8_t>(same));
    std::iota(place_.begin(), place_.begin() + static_cast<std::ptrdiff_t>(count_), std::uint16_t{0});
    numbers_ = same & kText ? 0 : count_;
    deletions_ = same & kDeleted ? count_ : 0;
    return true;
  }
  std::array<std::int64_t, kChunkPoints> marks;
  if (same != 0 || !read_integers(rest_, std::span(marks).first(count_))) return false;
  numbers_ = deletions_ = 0;
  std::uint16_t texts = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (marks[i] < 0 || marks[i] > kAllMarks) return false;
    marks_[i] = static_cast<std::uint8_t>(marks[i]);
    place_[i] = marks_[i] & kText ? texts++ : static_cast<std::uint16_t>(numbers_++);
    if (marks_[i] & kDeleted) ++deletions_;
  }
  return true;
}

bool ChunkReader::open(std::string_view bytes, std::size_t points, Instant first_time) {
  if (points == 0 || points > kChunkPoints) return false;
  count_ = points;
  rest_ = Input(bytes);
  rest_read_ = false;
  const auto head = rest_.number<unsigned char>();
  if (!rest_.ok || head > (kCreatedAsModified | kMarksDiffer | kAllMarks)) return false;
  created_as_modified_ = head & kCreatedAsModified;
  if (!read_marks(head)) return false;

  static_assert(sizeof(Instant) == sizeof(std::int64_t));
  const std::span<std::int64_t> times(&times_[0].us, points);
  if (!read_integers(rest_, times)) return false;
  for (std::size_t i = 0; i < points; ++i) {
    times[i] = plus(times[i], first_time.us);
    if (times[i] == kNoInstant.us) return false;
  }
  if (numbers_ == 0) return true;
  if (!number_column_.read(rest_, numbers_)) return false;
  number_column_.values(values_.data());
  if (numbers_ < points) {
    for (std::size_t i = points; i-- > 0;)
      if (!(marks_[i] & kText)) values_[i] = values_[place_[i]];
  }
  return true;
}

bool ChunkReader::read_instances(const SeriesWords& words) {
  if (rest_read_) return true;
  const auto column = [&](std::array<std::int64_t, kChunkPoints>& out, std::size_t count) {
    return read_integers(rest_, std::span(out).first(count));
  };
  if (!column(written_, count_) || !column(modified_, count_) || !column(created_, count_)) return false;
  if (deletions_ && !column(deleted_, deletions_)) return false;
  std::size_t deletion = deletions_;
  for (std::size_t i = count_; i-- > 0;) {
    written_[i] = plus(written_[i], times_[i].us);
    modified_[i] = plus(modified_[i], written_[i]);
    created_[i] = plus(created_[i], created_as_modified_ ? modified_[i] : words.first_created.us);
    deleted_[i] = marks_[i] & kDeleted ? plus(deleted_[--deletion], written_[i]) : kNoInstant.us;
  }
  const auto numbers_within = [&](std::array<std::int64_t, kChunkPoints>& out, std::size_t count, std::size_t size) {
    if (size == 1) {
      std::fill_n(out.begin(), count, 0);
      return true;
    }
    if (!column(out, count)) return false;
    return std::all_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count),
                       [size](std::int64_t n) { return n >= 0 && static_cast<std::uint64_t>(n) < size; });
  };
  if (words.shapes_in_chunks) {
    if (!read_texts(rest_, count_, shape_room_, shapes_)) return false;
  } else if (!numbers_within(shape_numbers_, count_, words.shapes.size())) {
    return false;
  }
  texts_.clear();
  if (const std::size_t count = count_ - numbers_; count > 0) {
    if (words.texts_in_chunks) {
      if (!read_texts(rest_, count, text_room_, texts_)) return false;
    } else {
      std::array<std::int64_t, kChunkPoints> numbers;
      if (!numbers_within(numbers, count, words.texts.size())) return false;
      for (std::size_t i = 0; i < count; ++i) texts_.push_back(words.texts[static_cast<std::size_t>(numbers[i])]);
    }
  }
  if (words_ != &words) {
    for (KnownShape& known : known_) known.number = -1;
    words_ = &words;
  }
  rest_read_ = rest_.left() == 0;
  return rest_read_;
}

const Shape* ChunkReader::shape(std::size_t i) {
  if (words_->shapes_in_chunks) {
    known_[0].number = -1;
    return known_[0].shape.read(shapes_[i], words_->name, words_->dataset_id) ? &known_[0].shape : nullptr;
  }
  const std::int64_t number = shape_numbers_[i];
  KnownShape& known = known_[static_cast<std::size_t>(number) % known_.size()];
  if (known.number != number) {
    known.number = -1;
    if (!known.shape.read(words_->shapes[static_cast<std::size_t>(number)], words_->name, words_->dataset_id))
      return nullptr;
    known.number = number;
  }
  return &known.shape;
}

bool ChunkReader::append_instance(std::size_t i, Point& point, std::string& out) {
  const Shape* made = shape(i);
  if (made == nullptr) return false;
  point.written = {written_[i]};
  point.deleted = {deleted_[i]};
  if ((marks_[i] & kDeleted) && point.deleted == kNoInstant) return false;
  std::string_view value;
  if (marks_[i] & kText) {
    value = texts_[place_[i]];
  } else {
    value_.clear();
    number_column_.append_text(value_, place_[i]);
    value = value_;
  }
  return made->append_instance(out, {{created_[i]}, {modified_[i]}, marks_[i] & kObserved ? times_[i] : kNoInstant},
                               value);
}

}  // namespace tsunagu::store::leaf
