#include "catalog/plan/compute.h"

#include <algorithm>
#include <set>

namespace tsunagu::catalog {
namespace {

using Series = std::vector<Sample>;

const Decimal* last_at(const Series& series, Instant at) {
  const auto behind =
      std::upper_bound(series.begin(), series.end(), at, [](Instant t, const Sample& s) { return t < s.at; });
  return behind == series.begin() ? nullptr : &std::prev(behind)->value;
}

/// Sum or mean of what was known at a date; empty when nothing was, or an entity was not yet.
struct Total {
  std::optional<Decimal> value = Decimal();
  std::uint64_t entities = 0;
  void add(const Decimal& number) {
    if (value) value = Decimal::sum(*value, number);
    ++entities;
  }
};

constexpr int kMeanDigits = 12;

std::optional<Decimal> result_of(const Term& term, const Total& total) {
  if (!total.value || total.entities == 0) return std::nullopt;
  if (term.aggregate != Aggregate::kMean) return total.value;
  return Decimal::quotient(*total.value, Decimal(static_cast<std::int64_t>(total.entities)), kMeanDigits,
                           Rounding::kHalfUp);
}

std::optional<Decimal> value_of(const Definition& definition, const Decimal& of, const Decimal* by, int digits,
                                Rounding rounding) {
  const auto scaled = Decimal::product(of, definition.factor);
  if (!scaled) return std::nullopt;
  return Decimal::quotient(*scaled, by ? *by : Decimal(1), digits, rounding);
}

/// The dates of the numerator from the one on at which every series has begun.
std::vector<Instant> dates_of(const std::vector<const Series*>& all, Instant begun) {
  std::set<Instant> dates;
  for (const Series* series : all) {
    begun = std::max(begun, series->front().at);
    for (const Sample& sample : *series) dates.insert(sample.at);
  }
  std::vector<Instant> out(dates.lower_bound(begun), dates.end());
  if (out.size() > kMostDates) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(kMostDates));
  return out;
}

}  // namespace

std::vector<Computed> compute(const Definition& definition, const Inputs& of, const Inputs* by, int digits,
                              Rounding rounding) {
  std::vector<Computed> out;
  const auto put = [&](Instant at, const std::optional<Decimal>& above, const std::optional<Decimal>& below,
                       std::uint64_t entities) {
    if (!above || (by != nullptr && !below)) return;
    const auto value = value_of(definition, *above, by ? &*below : nullptr, digits, rounding);
    if (value) out.push_back({at, *value, *above, below, entities});
  };
  if (of.entities == 0 || (by != nullptr && by->entities == 0)) return out;
  if (of.dated.empty()) {
    // What is counted now can be divided by what is known now only.
    std::optional<Decimal> below = by ? by->now : std::nullopt;
    if (by != nullptr && !by->dated.empty()) {
      Total total;
      for (const auto& [id, series] : by->dated) total.add(series.back().value);
      below = result_of(*definition.by, total);
    }
    put(kNoInstant, of.now, below, of.entities);
    return out;
  }
  const bool divides_by_dated = by != nullptr && !by->dated.empty();
  const bool paired =
      divides_by_dated && definition.of.type == definition.by->type && definition.of.q == definition.by->q;
  std::vector<const Series*> above, below;  // paired: of the same entity at the same place
  Instant begun;
  for (const auto& [id, series] : of.dated) {
    if (paired) {
      const auto found = by->dated.find(id);
      if (found == by->dated.end()) continue;
      below.push_back(&found->second);
      begun = std::max(begun, found->second.front().at);
    }
    above.push_back(&series);
  }
  if (divides_by_dated && !paired) {
    for (const auto& [id, series] : by->dated) {
      below.push_back(&series);
      begun = std::max(begun, series.front().at);
    }
  }
  if (above.empty()) return out;
  for (const Instant at : dates_of(above, begun)) {
    Total upper, lower;
    for (const Series* series : above) upper.add(*last_at(*series, at));
    for (const Series* series : below) lower.add(*last_at(*series, at));
    put(at, result_of(definition.of, upper),
        divides_by_dated ? result_of(*definition.by, lower)
        : by             ? by->now
                         : std::nullopt,
        upper.entities);
  }
  return out;
}

}  // namespace tsunagu::catalog
