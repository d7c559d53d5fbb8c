// What an answer holds of one entity's past. Only for broker/temporal*.
#pragma once
#include "broker/temporal.h"
#include "broker/temporal/past_entity.h"

namespace tsunagu::broker {

/// What all entities of an answer share.
struct Collecting {
  std::uint64_t cap = 0;  ///< instances of one series
  std::size_t bytes_left = 0;
  std::uint64_t rows_left = 0;
  bool overflow = false;  ///< bytes_left did not do: what was collected is not complete
  Instant cut;  ///< kNoInstant: every series is complete; else nothing behind it (lastN: before it) may be shown
};

class Collector {
 public:
  Collector(store::HistoryReader& history, const Candidate& who, const TemporalRequest& request,
            const ngsi::Context& context, const std::optional<ngsi::ScopeExpr>& scope, Collecting& shared)
      : past_(history, who, request.when),
        who_(who),
        request_(request),
        context_(context),
        scope_(scope),
        shared_(shared) {}

  Result<ngsi::EvolutionText> collect();

 private:
  Result<void> series(ngsi::AttributeText& into, const store::SeriesKey& key);
  Result<void> aggregate(ngsi::AttributeText& into, const store::SeriesKey& key);
  Result<void> find_ends(const std::vector<store::SeriesKey>& wanted);
  void add_scope(ngsi::EvolutionText& out, const std::vector<store::EntityState>& states);

  PastEntity past_;
  const Candidate& who_;
  const TemporalRequest& request_;
  const ngsi::Context& context_;
  const std::optional<ngsi::ScopeExpr>& scope_;
  Collecting& shared_;
  std::vector<ngsi::TimeWindow> windows_;
  Instant anchor_, end_;  ///< of the aggregation
};

}  // namespace tsunagu::broker
