// History as anybody would write it down: a list for every series. What a store says is compared with it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "contract/contract.h"

namespace tsunagu::store {

struct Remembered {
  Instant at, written, deleted;
  std::string value;
  Instant observed;
  auto operator<=>(const Remembered&) const = default;
};
void PrintTo(const Remembered& point, std::ostream* out);

/// Everything that a scan shows, as points.
std::vector<Remembered> scan_all(HistoryReader& reader, const std::string& id, const SeriesKey& series,
                                 const TimeWindow& window, bool newest_first);

class HistoryModel {
 public:
  using Series = std::map<SeriesKey, std::vector<Remembered>>;

  /// An ordinary write; null: did not exist, does not exist any more.
  void write(const std::string& id, const ngsi::Record* before, const ngsi::Record* after, Instant at);
  /// Instances that have no `written` yet get it from what the store shows.
  void history(const HistoryWrite& write, HistoryReader& reader);
  const Series& series(const std::string& id) { return entities_[id]; }
  /// What a scan must give.
  std::vector<Remembered> expected(const std::string& id, const SeriesKey& series, const TimeWindow& window,
                                   bool newest_first);

 private:
  std::map<std::string, Series> entities_;
};

TimeWindow all_of_it();

}  // namespace tsunagu::store
