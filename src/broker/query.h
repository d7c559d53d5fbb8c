// Queries in pages (clauses 5.7.2, 5.5.9, 4.23): selection, order, offset, limit and count over the store's cursors,
// done in bounded steps so that the caller can serve others in between.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker.h"
#include "broker/ranking.h"
#include "ngsi/query.h"
#include "store/store.h"

namespace tsunagu::broker {

struct PageRequest {
  std::vector<ngsi::Selection>
      any_of;  ///< entities that one of these selects; at least one. The order is that of the first
  std::uint64_t offset = 0;
  std::uint64_t limit = 20;
  bool count = false;              ///< total() is wanted
  std::uint64_t max_examined = 0;  ///< more records looked at: TooComplexQuery. 0: no limit
};

/// Only what says which entities are meant: ids, pattern and types.
ngsi::Selection selector_of(const ngsi::Selection& selection);

/// Only the keys, the collation and what distances are measured from; the keys are taken out of `selection`.
ngsi::Selection take_order(ngsi::Selection& selection);

/// Collects one page. Not thread-safe; may be moved between threads. Refers to the store.
class PageQuery {
 public:
  PageQuery(const store::Store& store, store::TenantId tenant, PageRequest request);

  /// Works on about `budget` records. True when there is more to do.
  Result<bool> step(std::size_t budget);

  /// Works for about a millisecond, so that others on this thread do not wait longer. True when there is more to do.
  Result<bool> turn();

  /// The entities of the page so far; all of them when step() said false.
  std::vector<ngsi::RecordPtr>& page() { return page_; }
  /// Are there matches after this page?
  bool more() const { return more_; }
  /// Matches in all, if asked for or known anyway.
  std::optional<std::uint64_t> total() const { return total_; }
  /// The plan of the cursor in use.
  const store::Plan& plan() const;

 private:
  bool open_next();  ///< starts the cursor of the next selection; false after the last
  bool is_double(const ngsi::Record& record) const;
  void take(ngsi::RecordPtr record);
  void finish();

  const store::Store& store_;
  store::TenantId tenant_;
  LinkedInStore linked_;
  PageRequest request_;
  ngsi::Selection order_;                ///< of take_order()
  std::vector<ngsi::Selection> before_;  ///< what earlier cursors have given: of selector_of()
  std::size_t next_ = 0;
  std::unique_ptr<store::Cursor> cursor_;
  std::vector<ngsi::RecordPtr> found_;
  std::vector<ngsi::RecordPtr> page_;
  Ranking<ngsi::RecordPtr> ranking_;
  store::Plan no_plan_;
  std::uint64_t seen_ = 0;      ///< matches met so far
  std::uint64_t examined_ = 0;  ///< by cursors that are done
  bool more_ = false;
  bool done_ = false;
  std::optional<std::uint64_t> total_;
};

}  // namespace tsunagu::broker
