// Tables `life` and `leaf` through one connection: the folded part of history. Used by one thread at a time.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/history/leaf.h"
#include "store/history/life.h"
#include "store/sqlite/database.h"

namespace tsunagu::store {

/// Makes the tables of history, and what belongs to them, in a file that has none.
extern const char* const kHistorySchema;

/// One row of table `leaf`. Leaves of a number follow each other by (main_time, written) and do not overlap.
struct LeafRow {
  std::int64_t id = 0;  ///< 0: not in the file yet
  std::uint64_t number = 0;
  Instant from_written;  ///< of its first point by (main_time, written), whose main_time is range.first_time
  LeafRange range;
  std::string data;  ///< empty when only the head was asked for
};

class HistoryTables {
 public:
  static Result<std::unique_ptr<HistoryTables>> open(Database db);
  Database& database() { return db_; }

  Result<std::optional<Life>> life(std::uint64_t number);
  /// Numbers that are in table life and stand under `id` no more.
  Result<void> past_numbers(TenantId tenant, std::string_view id, std::vector<std::uint64_t>& out);
  Result<void> past_ids_behind(TenantId tenant, std::string_view after, std::size_t limit,
                               std::vector<std::string>& out);

  /// Reads a leaf's data, checksum verified.
  using Data = std::function<Result<std::string>()>;
  /// False ends the walk.
  using Use = std::function<Result<bool>(const LeafRow& head, const Data& data)>;
  /// Leaves of `number` with points whose main_time is in [from, to), and the one before, in order or backwards. Not to
  /// be called inside of `use`.
  Result<void> leaves(std::uint64_t number, Instant from, Instant to, bool backwards, const Use& use);
  /// Numbers in table life behind `after`, in order.
  Result<std::vector<std::uint64_t>> numbers_behind(std::uint64_t after, std::size_t limit);

 private:
  Database db_;
  Statement life_, past_numbers_, past_ids_, forward_, backward_, numbers_;
};

/// The points of one series in a leaf, none if it has none. Views point into the strings added to `arena`.
Result<std::vector<Point>> points_in(const HistoryTables::Data& data, const SeriesKey& key,
                                     std::vector<std::string>& arena);

/// Connections for reading, used again and again.
class ReadPool {
 public:
  explicit ReadPool(std::filesystem::path file) : file_(std::move(file)) {}
  Result<std::unique_ptr<HistoryTables>> take();
  void give_back(std::unique_ptr<HistoryTables> tables);

 private:
  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HistoryTables>> idle_;
};

}  // namespace tsunagu::store
