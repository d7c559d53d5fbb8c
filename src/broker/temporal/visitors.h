// What looks at the points of one series. Only for broker/temporal*.
#pragma once
#include <functional>
#include <span>

#include "ngsi/aggregate.h"
#include "ngsi/query.h"
#include "ngsi/temporal_representation.h"
#include "store/history.h"

namespace tsunagu::broker {

/// The first point that is met.
class FirstPoint final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& p) override {
    at = p.at;
    kind = p.instance.kind();
    return false;
  }
  bool found() const { return at != kNoInstant; }
  Instant at;
  ngsi::AttrKind kind = ngsi::AttrKind::kProperty;
};

/// Is there an instance that a test holds for?
class AnyPoint final : public store::SeriesVisitor {
 public:
  explicit AnyPoint(std::function<bool(ngsi::AttributeView)> test) : test_(std::move(test)) {}
  bool point(const store::HistoryPoint& p) override {
    met = true;
    found = p.deleted == kNoInstant && test_(p.instance);
    return !found;
  }
  bool met = false;  ///< there was an instance at all
  bool found = false;

 private:
  std::function<bool(ngsi::AttributeView)> test_;
};

/// Is there an instance that satisfies a comparison of q? Runs of numbers are decided by their least and greatest.
class AnyMatch final : public store::SeriesVisitor {
 public:
  explicit AnyMatch(const ngsi::QueryExpr& comparison) : q_(comparison), bare_(ngsi::on_bare_values(comparison)) {}
  bool run(const store::RunSummary& s) override {
    if (found || !bare_) return false;
    met = true;
    found = ngsi::matches_number(q_, s.min) || ngsi::matches_number(q_, s.max);
    return found || ordering();
  }
  bool numbers(std::span<const Instant>, std::span<const double> values) override {
    if (found || !bare_) return false;
    met = met || !values.empty();
    for (const double v : values) {
      if (ngsi::matches_number(q_, v)) return found = true;
    }
    return true;
  }
  bool point(const store::HistoryPoint& p) override {
    met = true;
    if (!found) found = p.deleted == kNoInstant && ngsi::matches_instance(q_, p.instance);
    return !found;
  }
  bool met = false;
  bool found = false;

 private:
  bool ordering() const {
    using enum ngsi::Comparator;
    return q_.kind == ngsi::QueryExpr::Kind::kCompare &&
           (q_.op == kGreater || q_.op == kGreaterEqual || q_.op == kLess || q_.op == kLessEqual);
  }
  const ngsi::QueryExpr& q_;
  bool bare_;
};

/// Writes up to `most` instances and `bytes` of text.
class WriteInstances final : public store::SeriesVisitor {
 public:
  WriteInstances(ngsi::SeriesWriter& writer, std::uint64_t most, std::size_t bytes)
      : writer_(writer), left_(most), bytes_(bytes) {}
  bool numbers(std::span<const Instant> at, std::span<const double> values) override {
    if (!writer_.takes_numbers()) return false;
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (!room()) return false;
      writer_.add(at[i], values[i]);
      --left_;
    }
    return true;
  }
  bool point(const store::HistoryPoint& p) override {
    if (full_ || !room()) return false;
    writer_.add(p.at, p.written, p.deleted, p.instance);
    --left_;
    return true;
  }
  bool truncated() const { return full_; }  ///< there were more than `most`
  bool overflow() const { return writer_.bytes() > bytes_; }
  std::uint64_t left() const { return left_; }

 private:
  bool room() {
    if (left_ == 0 || overflow()) full_ = true;
    return !full_;
  }
  ngsi::SeriesWriter& writer_;
  std::uint64_t left_;
  std::size_t bytes_;
  bool full_ = false;
};

/// Aggregates; deletions have no value and do not count.
class Aggregate final : public store::SeriesVisitor {
 public:
  Aggregate(ngsi::Aggregator& into, std::uint64_t most_periods) : into_(into), most_(most_periods) {}
  bool run(const store::RunSummary& s) override {
    if (full()) return false;
    ngsi::NumberSums sums;
    sums.count = s.count;
    sums.sum = s.sum;
    sums.sum_of_squares = s.sum_of_squares;
    sums.deviation = std::max(0.0, s.sum_of_squares - s.sum * s.sum / static_cast<double>(s.count));
    sums.min = s.min;
    sums.max = s.max;
    return into_.add_run(s.first_at, s.last_at, sums);
  }
  bool numbers(std::span<const Instant> at, std::span<const double> values) override {
    if (full()) return false;
    into_.add(at, values);
    return true;
  }
  bool point(const store::HistoryPoint& p) override {
    if (full()) return false;
    if (!kind_seen) kind = p.instance.kind();
    kind_seen = true;
    if (p.deleted == kNoInstant) into_.add(p.at, p.instance.kind(), p.instance.value());
    return true;
  }
  bool full() const { return into_.periods() > most_; }
  ngsi::AttrKind kind = ngsi::AttrKind::kProperty;
  bool kind_seen = false;

 private:
  ngsi::Aggregator& into_;
  std::uint64_t most_;
};

}  // namespace tsunagu::broker
