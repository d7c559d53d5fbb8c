#include "ngsi/aggregate.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "base/json.h"
#include "ngsi/json_walk.h"
#include "ngsi/time_of_day.h"

namespace tsunagu::ngsi {
namespace {

constexpr std::size_t kFirstCompaction = 4096;

/// JSON has no infinity.
void append_finite(std::string& out, double value) {
  constexpr double kMost = std::numeric_limits<double>::max();
  append_json_number(out, std::isnan(value) ? 0.0 : std::clamp(value, -kMost, kMost));
}

std::uint64_t hash_number(double value) {
  const double plain = value == 0 ? 0.0 : value;  // -0 is 0
  const auto bits = std::bit_cast<std::uint64_t>(plain) * 0x9e3779b97f4a7c15ull;
  return bits ^ (bits >> 29);
}

std::size_t size_of_array(std::string_view array) {
  std::size_t n = 0;
  walk::any_element(array, [&n](std::string_view) { return ++n, false; });
  return n;
}

void append_time_of_day(std::string& out, std::int64_t us) {
  std::string instant;
  append_instant(instant, Instant{us});  // 1970-01-01T12:30:00Z
  out.append("\"").append(instant, instant.find('T') + 1).append("\"");
}

/// Is text `a` (JSON) before `b`?
bool before(std::string_view a, std::string_view b) {
  std::string scratch_a, scratch_b;
  return walk::string_text(a, scratch_a) < walk::string_text(b, scratch_b);
}

Instant instant_of(std::string_view json) {
  std::string scratch;
  const std::string_view text = walk::string_text(json, scratch);
  if (const auto instant = parse_instant(text)) return *instant;
  return parse_date(text).value_or(kNoInstant);
}

}  // namespace

NumberSums NumberSums::of(std::span<const double> numbers) {
  NumberSums s;
  s.count = numbers.size();
  for (const double v : numbers) {
    s.sum += v;
    s.sum_of_squares += v * v;
    s.min = v < s.min ? v : s.min;
    s.max = v > s.max ? v : s.max;
  }
  const double mean = s.count == 0 ? 0 : s.sum / static_cast<double>(s.count);
  for (const double v : numbers) s.deviation += (v - mean) * (v - mean);
  return s;
}

void NumberSums::add(const NumberSums& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  const double a = static_cast<double>(count), b = static_cast<double>(other.count);
  const double between = other.sum / b - sum / a;
  deviation += other.deviation + between * between * (a * b / (a + b));
  count += other.count;
  sum += other.sum;
  sum_of_squares += other.sum_of_squares;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
}

Aggregator::Aggregator(const Aggregation& what, Instant anchor, Instant end)
    : what_(what), anchor_(anchor), whole_end_(end), rows_(what.methods.size()) {
  for (const AggrMethod method : what_.methods) {
    if (method == AggrMethod::kDistinctCount) distinct_ = true;
    if (method == AggrMethod::kStddev) exact_ = true;
  }
}

bool Aggregator::add_run(Instant first_at, Instant last_at, const NumberSums& numbers) {
  if (distinct_) return false;
  // A deviation that comes from sums of squares is worth little where it is small against them.
  if (exact_ && numbers.count > 1 && numbers.deviation < 1e-6 * numbers.sum_of_squares) return false;
  if (!inside(first_at)) open(first_at);
  if (!inside(last_at)) return false;
  total_ += numbers.count;
  if (takes(Column::kNumber)) numbers_.add(numbers);
  return true;
}

void Aggregator::add(std::span<const Instant> at, std::span<const double> numbers) {
  while (!at.empty()) {
    if (!inside(at.front())) open(at.front());
    const std::size_t n = inside(at.back())
                              ? at.size()
                              : static_cast<std::size_t>(std::lower_bound(at.begin(), at.end(), end_) - at.begin());
    total_ += n;
    if (takes(Column::kNumber)) numbers_.add(NumberSums::of(numbers.first(n)));
    if (distinct_) {
      for (const double v : numbers.first(n)) note(hash_number(v));
    }
    at = at.subspan(n);
    numbers = numbers.subspan(n);
  }
}

void Aggregator::add(Instant at, AttrKind kind, std::string_view value) {
  const bool property = kind == AttrKind::kProperty;
  if (property && walk::is_number(value)) {
    const double number = walk::number(value).value_or(0);
    return add(std::span(&at, 1), std::span(&number, 1));
  }
  if (!inside(at)) open(at);
  ++total_;
  if (distinct_) note(hash64(value));
  const auto measure = [this](Column column, double number) {
    if (takes(column)) numbers_.add(NumberSums::of(std::span(&number, 1)));
  };
  if (kind == AttrKind::kListProperty || (property && walk::is_array(value))) {
    return measure(Column::kArray, static_cast<double>(size_of_array(value)));
  }
  if (!property) return;
  if (walk::is_bool(value)) return measure(Column::kNumber, value == "true" ? 1 : 0);
  std::string_view type;
  const std::string_view plain = plain_value(value, &type);
  if (!walk::is_string(plain)) return;
  if (type == "Time") {
    std::string scratch;
    const auto us = parse_time_of_day(walk::string_text(plain, scratch));
    if (us) measure(Column::kTime, static_cast<double>(*us));
    return;
  }
  const bool timed = (type == "DateTime" || type == "Date") && instant_of(plain) != kNoInstant;
  if (!takes(timed ? Column::kInstant : Column::kText)) return;
  const auto is_before = [timed](std::string_view a, std::string_view b) {
    return timed ? instant_of(a) < instant_of(b) : before(a, b);
  };
  if (least_.empty() || is_before(plain, least_)) least_ = plain;
  if (greatest_.empty() || is_before(greatest_, plain)) greatest_ = plain;
}

bool Aggregator::takes(Column column) {
  if (column_ == Column::kNone) column_ = column;
  return column_ == column;
}

/// Remembers a value for distinctCount. Two values in 2^64 that differ may count as one.
void Aggregator::note(std::uint64_t hash) {
  distinct_values_.push_back(hash);
  if (distinct_values_.size() < compact_at_) return;
  std::sort(distinct_values_.begin(), distinct_values_.end());
  distinct_values_.erase(std::unique(distinct_values_.begin(), distinct_values_.end()), distinct_values_.end());
  compact_at_ = std::max(kFirstCompaction, 2 * distinct_values_.size());
}

void Aggregator::open(Instant t) {
  close();
  open_ = true;
  start_ = anchor_;
  end_ = {std::numeric_limits<std::int64_t>::max()};
  if (!what_.period.zero()) {
    const std::int64_t n = whole_durations(anchor_, what_.period, t);
    start_ = advance(anchor_, what_.period, n);
    end_ = advance(anchor_, what_.period, n + 1);
    // At the end of time, the last period has no end.
    if (end_ <= t) end_ = {std::numeric_limits<std::int64_t>::max()};
  }
  total_ = 0;
  column_ = Column::kNone;
  numbers_ = {};
  least_.clear();
  greatest_.clear();
  distinct_values_.clear();
  compact_at_ = kFirstCompaction;
}

void Aggregator::close() {
  if (!open_) return;
  open_ = false;
  if (total_ == 0) return;
  ++periods_;
  const bool endless = end_.us == std::numeric_limits<std::int64_t>::max();
  std::string times = ",\"";
  append_instant(times, start_);
  times += "\",\"";
  append_instant(times, what_.period.zero() || endless ? whole_end_ : end_);
  times += "\"]";
  std::string value;
  for (std::size_t i = 0; i < what_.methods.size(); ++i) {
    value.clear();
    write(what_.methods[i], value);
    if (value.empty()) continue;
    std::string& row = rows_[i];
    if (!row.empty()) row += ',';
    row.append("[").append(value).append(times);
  }
}

/// The value of a method in the period that ends; nothing when the values do not have it.
void Aggregator::write(AggrMethod method, std::string& out) {
  const bool numeric = column_ == Column::kNumber || column_ == Column::kArray;
  const bool squares = column_ == Column::kNumber;
  const double n = static_cast<double>(numbers_.count);
  switch (method) {
    case AggrMethod::kTotalCount:
      return append_json_number(out, static_cast<std::int64_t>(total_));
    case AggrMethod::kDistinctCount:
      compact_at_ = 0;
      note(distinct_values_.back());
      return append_json_number(out, static_cast<std::int64_t>(distinct_values_.size()));
    case AggrMethod::kSum:
      if (numeric) append_finite(out, numbers_.sum);
      return;
    case AggrMethod::kAvg:
      if (numeric) append_finite(out, numbers_.sum / n);
      if (column_ == Column::kTime) append_time_of_day(out, std::llround(numbers_.sum / n));
      return;
    case AggrMethod::kStddev:
      if (squares) append_finite(out, std::sqrt(std::max(0.0, numbers_.deviation / n)));
      return;
    case AggrMethod::kSumsq:
      if (squares) append_finite(out, numbers_.sum_of_squares);
      return;
    case AggrMethod::kMin:
    case AggrMethod::kMax: {
      const bool least = method == AggrMethod::kMin;
      const double number = least ? numbers_.min : numbers_.max;
      if (numeric) append_finite(out, number);
      if (column_ == Column::kTime) append_time_of_day(out, std::llround(number));
      if (column_ == Column::kText || column_ == Column::kInstant) out += least ? least_ : greatest_;
      return;
    }
  }
}

void Aggregator::finish() {
  close();
}

}  // namespace tsunagu::ngsi
