#include "ngsi/temporal_query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace tsunagu::ngsi {
namespace {

using Relation = TemporalQuery::Relation;

constexpr std::array<std::pair<std::string_view, Relation>, 3> kRelations{
    {{"before", Relation::kBefore}, {"after", Relation::kAfter}, {"between", Relation::kBetween}}};
constexpr std::array<std::pair<std::string_view, TimeProperty>, 4> kTimeProperties{
    {{"observedAt", TimeProperty::kObservedAt},
     {"createdAt", TimeProperty::kCreatedAt},
     {"modifiedAt", TimeProperty::kModifiedAt},
     {"deletedAt", TimeProperty::kDeletedAt}}};
constexpr std::array<std::pair<std::string_view, AggrMethod>, 8> kMethods{
    {{"totalCount", AggrMethod::kTotalCount},
     {"distinctCount", AggrMethod::kDistinctCount},
     {"sum", AggrMethod::kSum},
     {"avg", AggrMethod::kAvg},
     {"min", AggrMethod::kMin},
     {"max", AggrMethod::kMax},
     {"stddev", AggrMethod::kStddev},
     {"sumsq", AggrMethod::kSumsq}}};

/// The value named `text` in one of the tables.
template <class Table>
Result<typename Table::value_type::second_type> look_up(const Table& table, std::string_view parameter,
                                                        std::string_view text) {
  std::string known;
  for (const auto& [name, value] : table) {
    if (name == text) return value;
    known.append(known.empty() ? "" : ", ").append(name);
  }
  return bad(std::string(parameter) + " must be one of " + known + "; not \"" + std::string(text.substr(0, 64)) + "\"");
}

Result<Instant> read_instant(std::string_view parameter, std::string_view text) {
  const auto instant = text.ends_with('Z') ? parse_instant(text) : std::nullopt;
  if (!instant) {
    return bad(std::string(parameter) + " must be a date and time in UTC such as 2024-02-29T12:00:00Z; not \"" +
               std::string(text.substr(0, 64)) + "\"");
  }
  return *instant;
}

}  // namespace

Result<TemporalQuery> parse_temporal_query(const TemporalInput& input) {
  TemporalQuery query;
  if (input.timeproperty) {
    const auto property = look_up(kTimeProperties, "timeproperty", *input.timeproperty);
    if (!property) return tl::unexpected(property.error());
    query.window.property = *property;
  }
  if (input.last_n) {
    const auto count = parse_number<std::uint64_t>(*input.last_n);
    if (!count || *count == 0) return bad("lastN must be a whole number, 1 or more");
    query.last_n = *count;
  }
  if (input.timerel.has_value() != input.time_at.has_value()) {
    return bad(input.timerel ? "timerel needs timeAt, the time it relates to"
                             : "timeAt needs timerel: before, after or between");
  }
  if (!input.timerel) {
    if (input.end_time_at) return bad("endTimeAt is for timerel=between");
    query.window.everything = !input.timeproperty;
    return query;
  }
  const auto relation = look_up(kRelations, "timerel", *input.timerel);
  if (!relation) return tl::unexpected(relation.error());
  const auto at = read_instant("timeAt", *input.time_at);
  if (!at) return tl::unexpected(at.error());
  query.relation = *relation;
  (query.relation == Relation::kBefore ? query.window.to : query.window.from) = *at;
  if (query.relation == Relation::kBetween && !input.end_time_at) return bad("timerel=between needs endTimeAt");
  if (input.end_time_at) {
    const auto end = read_instant("endTimeAt", *input.end_time_at);
    if (!end) return tl::unexpected(end.error());
    if (query.relation == Relation::kBetween) query.window.to = *end;
  }
  return query;
}

std::string_view name(AggrMethod method) {
  return kMethods[static_cast<std::size_t>(method)].first;
}

Result<Aggregation> parse_aggregation(const TemporalInput& input) {
  Aggregation aggregation;
  if (!input.aggr_methods) return bad("aggregatedValues needs aggrMethods, for example aggrMethods=avg,max");
  std::string_view rest = *input.aggr_methods;
  do {
    const auto method = look_up(kMethods, "aggrMethods", trim(take_until(rest, ',')));
    if (!method) return tl::unexpected(method.error());
    auto& methods = aggregation.methods;
    if (std::find(methods.begin(), methods.end(), *method) == methods.end()) methods.push_back(*method);
  } while (!rest.empty());
  if (input.aggr_period) {
    const auto period = parse_duration(*input.aggr_period);
    if (!period) return bad("aggrPeriodDuration: " + period.error().detail);
    aggregation.period = *period;
  }
  return aggregation;
}

}  // namespace tsunagu::ngsi
