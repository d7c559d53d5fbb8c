// The parameters of the temporal query language, one a line: timerel, timeAt, endTimeAt, timeproperty, lastN,
// aggrMethods, aggrPeriodDuration, instanceId; the rest are values to aggregate.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/aggregate.h"
#include "ngsi/instance_id.h"
#include "ngsi/temporal_query.h"

using namespace tsunagu;

namespace {

void require(bool held) {
  if (!held) std::abort();
}

void aggregate(const ngsi::Aggregation& what, Instant anchor, std::string_view rest) {
  ngsi::Aggregator aggregator(what, anchor, anchor);
  Instant at = anchor;
  std::int64_t step = 1;
  std::uint64_t added = 0;
  while (!rest.empty() && added < 100) {
    std::string value;
    const std::string_view line = take_until(rest, '\n');
    if (!append_canonical_json(value, line) || value == "null") continue;
    const auto kind = static_cast<ngsi::AttrKind>(1 + line.size() % 8);
    aggregator.add(at, kind, value);
    ++added;
    if (at.us > (std::int64_t{1} << 57)) break;
    at.us += step;
    step = step * 3 % 1'000'000'000'007;
  }
  aggregator.finish();
  require(aggregator.periods() <= added && (added == 0) == (aggregator.periods() == 0));
  for (std::size_t i = 0; i < what.methods.size(); ++i) {
    std::string json;
    require(append_canonical_json(json, "[" + aggregator.rows(i) + "]"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::optional<std::string>, 8> lines;
  for (auto& line : lines) {
    const std::string_view text = take_until(rest, '\n');
    if (!text.empty()) line = text;
  }
  const ngsi::TemporalInput input{lines[0], lines[1], lines[2], lines[3], lines[4], lines[5], lines[6]};
  const auto query = ngsi::parse_temporal_query(input);
  if (query && !query->impossible() && query->window.from != kNoInstant) {
    require(query->window.everything || query->window.contains(query->window.from));
  }
  if (lines[7]) {
    if (const auto id = ngsi::parse_instance_id(*lines[7])) {
      std::string text;
      ngsi::append_instance_id(text, *id);
      require(text == *lines[7]);
    }
  }
  const auto aggregation = ngsi::parse_aggregation(input);
  if (!aggregation) return 0;
  const Instant anchor = query && query->window.from != kNoInstant ? query->window.from : Instant{0};
  const ngsi::Duration& period = aggregation->period;
  if (!period.zero()) {
    const Instant far{anchor.us + 1'000'000'000'000'000};
    const std::int64_t n = ngsi::whole_durations(anchor, period, far);
    const Instant start = ngsi::advance(anchor, period, n), end = ngsi::advance(anchor, period, n + 1);
    // But for the end of time, `far` is in the period that is said.
    require(start <= far && (end > far || to_string(end) == "9999-12-31T23:59:59.999999Z"));
  }
  aggregate(*aggregation, anchor, rest);
  return 0;
}
