// Bytes of a file + a mapping → NGSI-LD entities. Pure: no files, no network, no clock.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/import/entity.h"
#include "catalog/import/mapping.h"
#include "catalog/import/source.h"

namespace tsunagu::catalog {

/// Turns one row into an entity; a fault names the column. Not thread-safe.
tl::expected<Entity, Fault> make_entity(const Mapping& mapping, const Row& row);

/// Streams one file. A bad row is reported and the rest goes on. Memory: one row, and the id of every entity (two rows
/// with one id are a fault, unless the mapping tells a history). Not thread-safe.
class Importer {
 public:
  struct Handlers {
    std::function<void(Entity)> entity;
    std::function<void(Fault)> fault;
    std::function<void(std::string)> note;
  };

  /// `mapping` must outlive the importer.
  Importer(const Mapping& mapping, Handlers handlers);

  void feed(std::string_view bytes) { reader_.feed(bytes); }
  void finish() { reader_.finish(); }
  /// See RowReader::take_record.
  void take_record(std::vector<std::string>& cells, std::size_t line) { reader_.take_record(cells, line); }

  struct Counts {
    std::size_t rows = 0;      ///< read, faulty ones included
    std::size_t entities = 0;  ///< handed out
    std::size_t skipped = 0;   ///< by skip_if
    std::size_t faults = 0;
  };
  const Counts& counts() const { return counts_; }
  Encoding encoding() const { return reader_.encoding(); }

 private:
  void take(const Row& row);
  void fault(Fault fault);
  void check_columns(const Row& row);

  const Mapping& mapping_;
  Handlers handlers_;
  RowReader reader_;
  Counts counts_;
  bool columns_checked_ = false;
  std::unordered_map<std::string, std::size_t> lines_;  // id → line
};

}  // namespace tsunagu::catalog
