// Temporal evolutions: retrieving and querying them (clauses 5.7.3, 5.7.4), and changing what is remembered (5.6.11
// to 5.6.16). No HTTP.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/query.h"
#include "ngsi/temporal_representation.h"
#include "store/store.h"

namespace tsunagu::broker {

/// What one answer may hold at most, and so the memory it takes.
struct TemporalLimits {
  std::uint64_t page = 10'000;    ///< instances of one attribute (and datasetId); more: a partial answer
  std::size_t bytes = 64u << 20;  ///< text of all instances; more: fewer of each attribute, a partial answer
  std::uint64_t periods =
      10'000'000;  ///< aggregation periods in the time asked for, whether or not there is data: TooComplexQuery
  std::uint64_t rows = 1'000'000;  ///< aggregated values in an answer: TooManyResults
  std::uint64_t max_examined = 0;  ///< entities one query may look at: TooComplexQuery. 0: no limit
};

struct TemporalRequest {
  std::optional<std::string> id;  ///< retrieve this one; else query
  std::vector<ngsi::Selection>
      any_of;  ///< query: as for PageRequest. q, geo and scope are looked for in time, those of the first count
  ngsi::TemporalQuery when;
  ngsi::TemporalRepresentation how;
  std::uint64_t offset = 0, limit = 20;
  bool count = false;
};

/// Finds and collects in bounded steps, then writes. Not thread-safe; may be moved between threads. Refers to the
/// store, the context and the limits.
///
/// An entity is selected when an instance of the attributes asked for lies in the window, and each comparison of q is
/// satisfied by one of the instances there, the geo query too. An attribute that has no instance with the time property
/// at all is compared by what it is now. scopeQ narrows the window to the times when the scope matched; the first
/// scopes that are known hold for the time before, too.
class TemporalRun {
 public:
  TemporalRun(const store::Store& store, store::TenantId tenant, const ngsi::Context& context,
              const TemporalLimits& limits, TemporalRequest request);
  ~TemporalRun();

  /// Works for about a millisecond (longer only within one series). True when there is more to do. Retrieve:
  /// ResourceNotFound for what is not remembered, or has nothing of what attrs, pick and omit leave. InvalidRequest
  /// when a requested attribute has values that an aggregation method is not for.
  Result<bool> turn();

  // When turn() said false:
  std::size_t size() const;                     ///< entities
  std::size_t bytes() const;                    ///< of their text, about
  std::string_view id(std::size_t i) const;     ///< of entity i, before it is written
  void write(std::string& out, std::size_t i);  ///< the evolution of entity i as JSON; each once
  bool more() const;                            ///< there are entities behind the page
  std::optional<std::uint64_t> total() const;   ///< of matching entities, if asked for
  /// Of a partial answer: the value of Content-Range (clause 6.3.10), "date-time
  /// 2024-01-01T00:00:00Z-2024-01-02T00:00:00Z/*".
  const std::optional<std::string>& content_range() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Deleting all instances of an attribute, or those of one datasetId ("" for the default one). ResourceNotFound.
Result<store::HistoryWrite> forget_attribute(store::HistoryReader& history, store::TenantId tenant, std::string_view id,
                                             ngsi::TermId name, std::string_view dataset_id, bool all);
/// Finds the instance that an instanceId names. ResourceNotFound.
Result<store::HistoryWrite::Instance> find_instance(store::HistoryReader& history, std::string_view id,
                                                    ngsi::TermId name, std::string_view instance_id);
/// Is anything remembered under this id? ResourceNotFound if not.
Result<void> check_remembered(store::HistoryReader& history, std::string_view id);

}  // namespace tsunagu::broker
