#include <algorithm>
#include <memory>
#include <optional>

#include "store/history/chunk.h"
#include "store/history/leaf_layout.h"

namespace tsunagu::store {

using namespace leaf;

namespace {

tl::unexpected<Error> damaged(const char* what) {
  return fail(ErrorCode::kInternalError, std::string("A leaf of history is damaged: ") + what);
}

// The chunk reader of a leaf while it is in use: made once, because it is large; a scan inside a scan makes its own.
class Borrowed {
 public:
  explicit Borrowed(std::unique_ptr<ChunkReader>& home) : home_(home), reader_(std::move(home)) {
    if (!reader_) reader_.reset(new ChunkReader);
  }
  ~Borrowed() { home_ = std::move(reader_); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ChunkReader* operator->() const { return reader_.get(); }

 private:
  std::unique_ptr<ChunkReader>& home_;
  std::unique_ptr<ChunkReader> reader_;
};

// Shows the points of one series to a visitor, chunk by chunk.
class Scan {
 public:
  Scan(Layout& layout, std::unique_ptr<ChunkReader>& chunk, const Series& series, Instant from, Instant to,
       bool backwards, bool by_observed, SeriesVisitor& visitor)
      : layout_(layout),
        home_(chunk),
        series_(series),
        from_(from),
        to_(to),
        backwards_(backwards),
        by_observed_(by_observed),
        visitor_(visitor) {}

  Result<bool> run() {
    for (std::size_t i = 0; i < series_.chunks && !ended_; ++i) {
      const std::size_t chunk = backwards_ ? series_.chunks - 1 - i : i;
      std::size_t points = series_.points;
      if (series_.flags & kTable) {
        const ChunkRow row = Layout::row(series_, chunk);
        const bool before = from_ != kNoInstant && row.last_time < from_.us,
                   behind = to_ != kNoInstant && row.first_time >= to_.us;
        if (backwards_ ? before : behind) break;
        if (before || behind) continue;
        const bool whole =
            (from_ == kNoInstant || row.first_time >= from_.us) && (to_ == kNoInstant || row.last_time < to_.us);
        points = row.points();
        if (whole && row.numbers == points && (row.all_observed || !by_observed_) && visitor_.run(row.summary()))
          continue;
      }
      if (!chunk_) chunk_.emplace(home_);
      const auto bytes = Layout::chunk_bytes(series_, chunk);
      if (!bytes || !(*chunk_)->open(*bytes, points, layout_.range().first_time) || !show())
        return damaged("a chunk makes no sense");
    }
    return !ended_;
  }

 private:
  bool wanted(std::size_t i) const { return !by_observed_ || (*chunk_)->marks(i) & kObserved; }
  bool offered(std::size_t i) const { return ((*chunk_)->marks(i) & (kDeleted | kText)) == 0 && wanted(i); }

  // The chunk's points within the window: numbers that stand together are offered together. False: damaged.
  bool show() {
    const std::span<const Instant> times = (*chunk_)->times();
    std::size_t low = 0, high = times.size();
    if (from_ != kNoInstant)
      low = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), from_) - times.begin());
    if (to_ != kNoInstant)
      high = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), to_) - times.begin());
    while (low < high && !ended_) {
      const bool numbers = offered(backwards_ ? high - 1 : low);
      std::size_t begin = backwards_ ? high - 1 : low, end = begin + 1;
      if ((*chunk_)->same_marks()) {
        begin = low;
        end = low = high;
      } else if (backwards_) {
        while (begin > low && offered(begin - 1) == numbers) --begin;
        high = begin;
      } else {
        while (end < high && offered(end) == numbers) ++end;
        low = end;
      }
      if (numbers && offer(begin, end)) continue;
      if (!layout_.unpack() || !(*chunk_)->read_instances(series_.words)) return false;
      for (std::size_t i = begin; i < end && !ended_; ++i)
        if (!show_point(backwards_ ? begin + end - 1 - i : i)) return false;
    }
    return true;
  }

  bool offer(std::size_t begin, std::size_t end) {
    const auto times = (*chunk_)->times().subspan(begin, end - begin);
    const auto values = (*chunk_)->values().subspan(begin, end - begin);
    if (!backwards_) return visitor_.numbers(times, values);
    times_back_.assign(times.rbegin(), times.rend());
    values_back_.assign(values.rbegin(), values.rend());
    return visitor_.numbers(times_back_, values_back_);
  }

  bool show_point(std::size_t i) {
    if (!wanted(i)) return true;
    instance_.clear();
    Point point;
    if (!(*chunk_)->append_instance(i, point, instance_)) return false;
    ended_ =
        !visitor_.point({(*chunk_)->times()[i], point.written, point.deleted, ngsi::AttributeView(instance_.data())});
    return true;
  }

  Layout& layout_;
  std::unique_ptr<ChunkReader>& home_;
  const Series& series_;
  const Instant from_, to_;
  const bool backwards_, by_observed_;
  SeriesVisitor& visitor_;
  bool ended_ = false;
  std::optional<Borrowed> chunk_;
  std::string instance_;
  std::vector<Instant> times_back_;
  std::vector<double> values_back_;
};

}  // namespace

struct LeafReader::State {
  Layout layout;
  std::unique_ptr<ChunkReader> chunk;  // kept from one call to the next
};

LeafReader::LeafReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LeafReader::LeafReader(LeafReader&&) noexcept = default;
LeafReader& LeafReader::operator=(LeafReader&&) noexcept = default;
LeafReader::~LeafReader() = default;

Result<LeafReader> LeafReader::open(std::string_view bytes) {
  auto state = std::make_unique<State>();
  if (const char* fault = state->layout.open(bytes)) return damaged(fault);
  return LeafReader(std::move(state));
}

const LeafRange& LeafReader::range() const {
  return state_->layout.range();
}
std::size_t LeafReader::series_count() const {
  return state_->layout.series().size();
}
SeriesKey LeafReader::series(std::size_t i) const {
  const Series& s = state_->layout.series()[i];
  return {ngsi::TermId{s.name}, std::string(s.words.dataset_id)};
}

std::size_t LeafReader::find(const SeriesKey& key) const {
  const std::vector<Series>& series = state_->layout.series();
  const auto before = [](const Series& s, const SeriesKey& k) {
    if (s.name != k.name.value) return s.name < k.name.value;
    return s.words.dataset_id < k.dataset_id;
  };
  const auto at = std::lower_bound(series.begin(), series.end(), key, before);
  if (at == series.end() || at->name != key.name.value || at->words.dataset_id != key.dataset_id) return series.size();
  return static_cast<std::size_t>(at - series.begin());
}

RunSummary LeafReader::summary(std::size_t i) const {
  const Series& s = state_->layout.series()[i];
  RunSummary sum;
  if (s.flags & kTable) {
    for (std::size_t chunk = 0; chunk < s.chunks; ++chunk) add_summary(sum, Layout::row(s, chunk).summary());
    sum.first_at.us = Layout::row(s, 0).first_time;
    sum.last_at.us = Layout::row(s, s.chunks - 1).last_time;
  } else if (Borrowed chunk(state_->chunk); chunk->open(s.body, s.points, range().first_time)) {
    const bool texts = state_->layout.unpack() && chunk->read_instances(s.words);
    for (std::size_t k = 0; k < chunk->size(); ++k) {
      if (!is_number(chunk->marks(k))) continue;
      if (!(chunk->marks(k) & kText)) {
        add_number(sum, chunk->value(k));
      } else if (const auto number = texts ? number_of(chunk->text(k)) : std::nullopt) {
        add_number(sum, *number);
      }
    }
    sum.first_at = chunk->times().front();
    sum.last_at = chunk->times().back();
  }
  sum.count = s.points;
  return sum;
}

Result<bool> LeafReader::scan(std::size_t i, Instant from, Instant to, bool backwards, bool by_observed,
                              SeriesVisitor& visitor) const {
  return Scan(state_->layout, state_->chunk, state_->layout.series()[i], from, to, backwards, by_observed, visitor)
      .run();
}

Result<void> LeafReader::points(std::size_t i, std::vector<Point>& out, std::vector<std::string>& arena) const {
  const Series& s = state_->layout.series()[i];
  if (!state_->layout.unpack()) return damaged("its dictionaries make no sense");
  const Borrowed chunk(state_->chunk);
  for (std::size_t k = 0; k < s.chunks; ++k) {
    const std::size_t count = s.flags & kTable ? Layout::row(s, k).points() : s.points;
    const auto bytes = Layout::chunk_bytes(s, k);
    if (!bytes || !chunk->open(*bytes, count, range().first_time) || !chunk->read_instances(s.words))
      return damaged("a chunk makes no sense");
    std::string& instances = arena.emplace_back();
    const std::size_t first = out.size();
    for (std::size_t n = 0; n < count; ++n)
      if (!chunk->append_instance(n, out.emplace_back(), instances)) return damaged("an instance makes no sense");
    // Only now the string stays where it is; an instance is too long to be inside the string object itself.
    const char* p = instances.data();
    for (std::size_t n = first; n < out.size(); ++n) {
      out[n].instance = ngsi::AttributeView(p).bytes();
      p += out[n].instance.size();
    }
  }
  return {};
}

}  // namespace tsunagu::store
