// One entity as a temporal query sees it: what is remembered of it, and whether the query selects it. Only for
// broker/temporal*.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/query.h"
#include "ngsi/temporal_query.h"
#include "ngsi/temporal_representation.h"
#include "store/store.h"

namespace tsunagu::broker {

/// An entity that a query may select.
struct Candidate {
  std::string id;
  ngsi::RecordPtr current;  ///< null: it does not exist now
  std::vector<ngsi::TermId> types;
  Instant created_at, modified_at, deleted_at;

  explicit Candidate(ngsi::RecordPtr record);
  explicit Candidate(store::RememberedEntity remembered);
  /// Its id and types as a record, to test selectors on.
  ngsi::RecordPtr outline() const;
};

/// What an entity must meet besides the selectors.
struct Filter {
  std::vector<ngsi::QueryExpr> q;
  std::optional<ngsi::GeoQuery> geo;
  std::optional<ngsi::ScopeExpr> scope;
};

/// Reads the past of one candidate. Refers to everything it is given.
class PastEntity {
 public:
  PastEntity(store::HistoryReader& history, const Candidate& who, const ngsi::TemporalQuery& when)
      : history_(history), who_(who), when_(when) {}

  /// The series that the representation asks for; in order.
  Result<std::vector<store::SeriesKey>> series(const ngsi::TemporalRepresentation& how);
  /// The windows to look at: that of the query, or the parts of it in which the scope matched. In order of time; apart
  /// from each other.
  Result<std::vector<ngsi::TimeWindow>> windows(const std::optional<ngsi::ScopeExpr>& scope);
  /// Does the query select it? See TemporalRun.
  Result<bool> selected(const Filter& filter, const ngsi::TemporalRepresentation& how);
  /// What it is now; what does not exist any more, with the last of each series. For orderBy.
  Result<ngsi::RecordPtr> record();

  Result<void> scan(const store::SeriesKey& series, const std::vector<ngsi::TimeWindow>& windows, bool newest_first,
                    store::SeriesVisitor& visitor);
  Result<std::vector<store::EntityState>> states() { return history_.states(who_.id); }

 private:
  Result<bool> holds(const ngsi::QueryExpr& q);
  Result<bool> holds(const ngsi::GeoQuery& geo);
  /// Is there a point by this time property, at any time?
  Result<bool> has_points(const store::SeriesKey& series);
  template <class Visitor, class Fallback>
  Result<bool> any_instance(ngsi::TermId name, Visitor make, Fallback fallback);

  store::HistoryReader& history_;
  const Candidate& who_;
  const ngsi::TemporalQuery& when_;
  std::vector<ngsi::TimeWindow> windows_;
  std::optional<std::vector<store::SeriesKey>> series_;
  ngsi::RecordPtr record_;
};

}  // namespace tsunagu::broker
