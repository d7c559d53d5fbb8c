#include <algorithm>

#include "base/hash.h"
#include "store/history/integers.h"
#include "store/history/leaf_format.h"
#include "store/history/numbers.h"
#include "store/history/shape.h"
#include "store/history/texts.h"

namespace tsunagu::store {

namespace leaf {

namespace {

using ngsi::AttributeView;

constexpr std::size_t kSmallLeaf = 64;  // with fewer points it is written again as soon as others come

AttributeView view(const Point& point) {
  return AttributeView(point.instance.data());
}

void widen(Instant& first, Instant& last, Instant t, bool fresh) {
  first = fresh ? t : std::min(first, t);
  last = fresh ? t : std::max(last, t);
}

// One series: its chunks are made twice over, because whether a dictionary pays is known when all texts are.
// Used for one series after the other, so that it keeps its room.
class SeriesPacker {
 public:
  explicit SeriesPacker(const LeafRange& range) : range_(range) {}

  void read(std::span<const Point> points) {
    points_ = points;
    chunks_.clear();
    shapes_.clear();
    texts_.clear();
    last_shape_ = {};
    first_shape_.clear();
    kept_shapes_.clear();
    for (std::size_t begin = 0; begin < points.size();) {
      std::size_t end = begin, bytes = 0;
      while (end < points.size() && end - begin < kChunkPoints &&
             (end == begin || bytes + points[end].instance.size() <= kChunkBytes))
        bytes += points[end++].instance.size();
      add_chunk(points.subspan(begin, end - begin));
      begin = end;
    }
  }

  void put(std::string& directory, std::string& words, std::string& body, std::uint32_t& last_name) {
    const AttributeView first = view(points_.front());
    const std::string_view dataset = first.dataset_id();
    const bool table = chunks_.size() > 1 || points_.size() >= kTablePoints;
    const unsigned flags = (dataset.empty() ? 0 : kDataset) | (table ? kTable : 0) |
                           (shapes_.as_dictionary() ? 0 : kShapesInChunks) |
                           (texts_.as_dictionary() ? 0 : kTextsInChunks);
    put_varint(directory, first.name().value - last_name);
    last_name = first.name().value;
    directory += static_cast<char>(flags);
    put_varint(directory, table ? chunks_.size() : points_.size());
    if (!dataset.empty()) put_text(words, dataset);
    for (const TextPool* pool : {&shapes_, &texts_}) {
      if (!pool->as_dictionary()) continue;
      put_varint(directory, pool->distinct().size());
      for (const std::string_view text : pool->distinct()) put_text(words, text);
    }

    std::string rows, chunks;
    for (Chunk& chunk : chunks_) {
      chunks += chunk.columns;
      shapes_.put(chunks, chunk.first_shape, chunk.row.points());
      texts_.put(chunks, chunk.first_text, chunk.texts);
      chunk.row.end = static_cast<std::uint32_t>(chunks.size());
      if (table) tsunagu::put(rows, chunk.row);
    }
    put_varint(directory, rows.size() + chunks.size());
    body += rows;
    body += chunks;
  }

 private:
  struct Chunk {
    ChunkRow row{};
    std::string columns;
    std::size_t first_shape, first_text, texts = 0;
  };

  void add_chunk(std::span<const Point> points) {
    const std::size_t count = points.size();
    Chunk chunk;
    chunk.first_shape = shapes_.size();
    chunk.first_text = texts_.size();

    std::array<std::int64_t, kChunkPoints> marks, column;
    std::array<std::string_view, kChunkPoints> values;
    numbers_.clear();
    number_places_.clear();
    RunSummary sum;
    for (std::size_t i = 0; i < count; ++i) {
      const AttributeView instance = view(points[i]);
      values[i] = instance.value();
      const std::optional<double> number = number_of(values[i]);
      const bool deleted = points[i].deleted != kNoInstant;
      marks[i] = (instance.flags() & AttributeView::kObservedAt ? kObserved : 0) | (deleted ? kDeleted : 0) |
                 (number ? kTextNumber : 0) | kText;
      if (number && !deleted) add_number(sum, *number);
      if (number) {
        numbers_.push_back(values[i]);
        number_places_.push_back(i);
      }
    }
    std::string number_column;
    if (!numbers_.empty()) {
      PackedNumbers packed = pack_numbers(numbers_);
      number_column = std::move(packed.bytes);
      for (std::size_t i = 0; i < numbers_.size(); ++i)
        if (packed.fits[i]) marks[number_places_[i]] &= kObserved | kDeleted;
    }

    const auto each = [&](auto&& of) {
      for (std::size_t i = 0; i < count; ++i) column[i] = of(points[i]);
      return std::span<const std::int64_t>(column).first(count);
    };
    std::string as_modified, as_first;
    put_integers(as_modified,
                 each([](const Point& p) { return minus(view(p).created_at().us, view(p).modified_at().us); }));
    const bool plain = as_modified.size() == 1;  // nothing is shorter
    if (!plain)
      put_integers(as_first,
                   each([&](const Point& p) { return minus(view(p).created_at().us, range_.first_created.us); }));
    const bool by_modified = plain || as_modified.size() < as_first.size();

    const bool same = std::all_of(marks.begin(), marks.begin() + static_cast<std::ptrdiff_t>(count),
                                  [&](auto m) { return m == marks[0]; });
    std::string& out = chunk.columns;
    out += static_cast<char>((same ? marks[0] : std::int64_t{kMarksDiffer}) | (by_modified ? kCreatedAsModified : 0));
    if (!same) put_integers(out, std::span<const std::int64_t>(marks).first(count));
    put_integers(out, each([&](const Point& p) { return minus(main_time(p).us, range_.first_time.us); }));
    out += number_column;
    put_integers(out, each([](const Point& p) { return minus(p.written.us, main_time(p).us); }));
    put_integers(out, each([](const Point& p) { return minus(view(p).modified_at().us, p.written.us); }));
    out += by_modified ? as_modified : as_first;
    std::size_t deleted = 0;
    for (const Point& p : points)
      if (p.deleted != kNoInstant) column[deleted++] = minus(p.deleted.us, p.written.us);
    if (deleted) put_integers(out, std::span<const std::int64_t>(column).first(deleted));

    bool all_observed = true;
    for (std::size_t i = 0; i < count; ++i) {
      shapes_.add(shape(view(points[i])));
      if (marks[i] & kText) {
        texts_.add(values[i]);
        ++chunk.texts;
      }
      all_observed = all_observed && marks[i] & kObserved;
    }
    chunk.row.last_point = static_cast<std::uint8_t>(count - 1);
    chunk.row.all_observed = all_observed;
    chunk.row.numbers = static_cast<std::uint16_t>(sum.count);
    chunk.row.first_time = main_time(points.front()).us;
    chunk.row.last_time = main_time(points.back()).us;
    chunk.row.sum = sum.sum;
    chunk.row.sum_of_squares = sum.sum_of_squares;
    chunk.row.min = sum.min;
    chunk.row.max = sum.max;
    chunk.row.first = sum.first;
    chunk.row.last = sum.last;
    chunks_.push_back(std::move(chunk));
  }

  // The bytes of the instance's shape, kept once for all that are equal.
  std::string_view shape(const AttributeView& instance) {
    scratch_.clear();
    put_shape(scratch_, instance);
    if (scratch_ == last_shape_) return last_shape_;
    if (first_shape_.empty()) return last_shape_ = first_shape_ = scratch_;
    return last_shape_ = scratch_ == first_shape_ ? first_shape_ : *kept_shapes_.insert(scratch_).first;
  }

  std::span<const Point> points_;
  const LeafRange& range_;
  std::vector<Chunk> chunks_;
  TextPool shapes_, texts_;
  std::vector<std::string_view> numbers_;
  std::vector<std::size_t> number_places_;
  std::string scratch_, rows_, packed_;
  std::string first_shape_;  ///< most series have no other
  std::string_view last_shape_;
  std::unordered_set<std::string> kept_shapes_;
};

}  // namespace

void add_number(RunSummary& sum, double value) {
  if (sum.count++ == 0) {
    sum.min = sum.max = sum.first = value;
  } else {
    sum.min = std::min(sum.min, value);
    sum.max = std::max(sum.max, value);
  }
  sum.last = value;
  sum.sum += value;
  sum.sum_of_squares += value * value;
}

void add_summary(RunSummary& sum, const RunSummary& next) {
  if (next.count == 0) return;
  if (sum.count == 0) {
    sum = next;
    return;
  }
  sum.count += next.count;
  sum.last_at = next.last_at;
  sum.sum += next.sum;
  sum.sum_of_squares += next.sum_of_squares;
  sum.min = std::min(sum.min, next.min);
  sum.max = std::max(sum.max, next.max);
  sum.last = next.last;
}

void seal(std::string& leaf) {
  put(leaf, hash64(leaf));
}

}  // namespace leaf

Instant main_time(const Point& point) {
  const ngsi::AttributeView instance(point.instance.data());
  if (!(instance.flags() & ngsi::AttributeView::kObservedAt)) return point.written;
  return {ngsi::detail::load<std::int64_t>(point.instance.data() + ngsi::AttributeView::kFixedSize)};
}

struct LeafWriter::State {
  std::vector<Point> points;
  LeafRange range;
};

LeafWriter::LeafWriter() : state_(std::make_unique<State>()) {}
LeafWriter::~LeafWriter() = default;

void LeafWriter::add(const Point& point) {
  LeafRange& r = state_->range;
  const bool fresh = r.points++ == 0;
  const ngsi::AttributeView instance(point.instance.data());
  leaf::widen(r.first_time, r.last_time, main_time(point), fresh);
  leaf::widen(r.first_written, r.last_written, point.written, fresh);
  leaf::widen(r.first_modified, r.last_modified, instance.modified_at(), fresh);
  leaf::widen(r.first_created, r.last_created, instance.created_at(), fresh);
  state_->points.push_back(point);
}

LeafRange LeafWriter::range() const {
  return state_->range;
}

std::string LeafWriter::finish() {
  using namespace leaf;
  const std::span<const Point> points(state_->points);
  std::string directory, words, body;
  std::uint32_t last_name = 0;
  std::size_t series = 0;
  bool datasets = false;
  SeriesPacker packer(state_->range);
  for (std::size_t begin = 0; begin < points.size(); ++series) {
    const ngsi::AttributeView first = view(points[begin]);
    std::size_t end = begin + 1;
    while (end < points.size() && view(points[end]).name() == first.name() &&
           view(points[end]).dataset_id() == first.dataset_id())
      ++end;
    packer.read(points.subspan(begin, end - begin));
    packer.put(directory, words, body, last_name);
    datasets = datasets || !first.dataset_id().empty();
    begin = end;
  }

  const LeafRange& r = state_->range;
  std::string out;
  put(out, kMagic);
  out += static_cast<char>(kVersion);
  out += static_cast<char>(datasets ? kHasDatasets : 0);
  put(out, r.first_time.us);
  for (const Instant t : {r.last_time, r.first_written, r.last_written, r.first_modified, r.last_modified,
                          r.first_created, r.last_created})
    put_signed(out, minus(t.us, r.first_time.us));
  put_varint(out, r.points);
  put_varint(out, series);
  out += directory;
  put_varint(out, words.size());
  if (points.size() < kSmallLeaf) {
    put_uncompressed(out, words);
  } else {
    put_compressed(out, words);
  }
  out += body;
  seal(out);
  *state_ = State();
  return out;
}

}  // namespace tsunagu::store
