// The journal's form of what happened to entities: exactly the attribute instances that changed. docs/store-format.md describes the bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/record.h"
#include "store/store.h"

namespace tsunagu::store {

enum class ChangeOp : std::uint8_t { kCreate = 1, kUpdate = 2, kDelete = 3 };

/// One change read from a journal row; views point into the row.
struct ChangeView {
  ChangeOp op = ChangeOp::kCreate;
  TenantId tenant;
  std::uint64_t number = 0;
  Instant at;                   ///< instant of the write
  std::string_view id;          ///< kCreate only
  Instant created_at;           ///< kNoInstant: as before
  Instant modified_at;
  bool has_types = false, has_scopes = false, has_expiry = false;  ///< otherwise as before
  std::uint16_t type_count = 0, scope_count = 0;
  std::string_view types;       ///< u32 each
  std::string_view scopes;      ///< (u16 + bytes) each
  Instant expires_at;
  std::uint32_t removed_count = 0, set_count = 0;
  std::string_view removed;     ///< (u32 name, u16 + datasetId) each, in order
  std::string_view set;         ///< packed instances, in order
};

/// Builds the data of one journal row: start, append…, finish.
class RowBuilder {
 public:
  void start();
  void append(ChangeOp op, TenantId tenant, std::uint64_t number, Instant at, const ngsi::Record* before, const ngsi::Record* after);
  /// Completes the header; `sequence` goes into the checksum.
  std::string_view finish(std::uint64_t sequence);
  std::size_t size() const { return bytes_.size(); }
  std::uint32_t changes() const { return changes_; }

 private:
  void append_instances(const ngsi::Record* before, const ngsi::Record& after);
  std::string bytes_, removed_;
  std::uint32_t changes_ = 0;
};

/// Walks through a journal row. Everything is checked: bytes from a file may be anything.
class RowReader {
 public:
  /// The error says what is wrong with the row as a whole.
  static Result<RowReader> open(std::string_view data, std::uint64_t sequence);
  /// False at the end; an error when the next change is damaged.
  Result<bool> next(ChangeView& change);
  std::uint32_t changes() const { return total_; }

 private:
  std::string_view rest_;
  std::uint32_t total_ = 0, left_ = 0;
};

/// Writes the checksum of a row anew, over whatever its bytes are now.
void reseal(std::string& row, std::uint64_t sequence);

/// The record after `change`; `before` is null for kCreate. An error when they do not fit together or give no well-formed record.
Result<ngsi::RecordPtr> apply_change(const ChangeView& change, const ngsi::Record* before);

}  // namespace tsunagu::store
