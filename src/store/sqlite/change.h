// The journal's form of what happened to entities: exactly the attribute instances that changed. docs/store-format.md
// describes the bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/record.h"
#include "store/store.h"

namespace tsunagu::store {

enum class ChangeOp : std::uint8_t { kCreate = 1, kUpdate = 2, kDelete = 3, kHistory = 4 };

/// One change read from a journal row; views point into the row.
struct ChangeView {
  ChangeOp op = ChangeOp::kCreate;
  TenantId tenant;
  std::uint64_t number = 0;
  Instant at;           ///< instant of the write
  std::string_view id;  ///< all but kUpdate
  Instant created_at;   ///< kNoInstant: as before
  Instant modified_at;
  bool has_types = false, has_scopes = false, has_expiry = false;  ///< otherwise as before
  std::uint16_t type_count = 0, scope_count = 0;
  std::string_view types;   ///< u32 each
  std::string_view scopes;  ///< (u16 + bytes) each
  Instant expires_at;
  std::uint32_t removed_count = 0, set_count = 0;
  std::string_view removed;  ///< packed tombstones, in order
  std::string_view set;      ///< packed instances, in order
  bool keys_only = false;    ///< a row of version 1: `removed` is (u32 name, u16 + datasetId) each
  bool past = false;         ///< kHistory: the entity does not exist now (or not any more, or never did)
  std::string_view history;  ///< kHistory: see read_history
};

/// What a HistoryWrite does to one entity number; views point into the row.
struct HistoryChange {
  struct Place {
    ngsi::TermId name;
    std::string_view dataset_id;
    Instant written;  ///< kNoInstant: the whole series
  };
  struct Stamped {
    Instant written;
    std::string_view instance;
  };
  struct Scopes {
    Instant from;  ///< not after the write
    std::vector<std::string_view> names;
  };
  bool forget = false;
  std::vector<Place> forgotten;
  std::vector<Stamped> replaced, added;
  std::vector<ngsi::TermId> types;
  std::vector<Scopes> scopes;
};

/// Builds the data of one journal row: start, append…, finish.
class RowBuilder {
 public:
  void start();
  void append(ChangeOp op, TenantId tenant, std::uint64_t number, Instant at, const ngsi::Record* before,
              const ngsi::Record* after);
  /// `past`: the number is of no entity that exists now. What is added, types and scopes only with `adding`; the first
  /// added instance is stamped `at` + 1 µs, the next one µs later, and so on.
  void append_history(TenantId tenant, std::uint64_t number, Instant at, const HistoryWrite& write, bool past,
                      bool adding);
  /// Completes the header; `sequence` goes into the checksum.
  std::string_view finish(std::uint64_t sequence);
  std::size_t size() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }
  std::uint32_t changes() const { return changes_; }

 private:
  std::size_t begin_change(ChangeOp op, std::uint8_t flags, TenantId tenant, std::uint64_t number, Instant at);
  void end_change(std::size_t start);
  void append_instances(const ngsi::Record* before, const ngsi::Record* after, Instant at);
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
  bool keys_only_ = false;
};

/// Is every change of the row well formed? The error says what is wrong.
Result<void> check_row(std::string_view data, std::uint64_t sequence);

/// The changes of a row that is known to be sound, without looking at them: calls use(number, bytes of the change).
template <class Use>
void each_change(std::string_view row, Use&& use) {
  for (std::string_view rest = row.substr(24); !rest.empty();) {
    const auto size = ngsi::detail::load<std::uint32_t>(rest.data());
    use(ngsi::detail::load<std::uint64_t>(rest.data() + 8), rest.substr(0, size));
    rest.remove_prefix(size);
  }
}
/// One change out of such a row.
ChangeView read_change(std::string_view bytes);
/// What a change of kind kHistory holds. Empty when it is damaged.
std::optional<HistoryChange> read_history(const ChangeView& change);

/// Appends the tombstone that follows `last` when it is deleted at `at`: its name, kind, datasetId and createdAt,
/// NGSI-LD Null as the value.
void append_tombstone(std::string& out, const ngsi::AttributeView& last, Instant at);
bool is_tombstone(const ngsi::AttributeView& instance);

/// Writes the checksum of a row anew, over whatever its bytes are now.
void reseal(std::string& row, std::uint64_t sequence);

/// The record after `change`; `before` is null for kCreate. An error when they do not fit together or give no
/// well-formed record.
Result<ngsi::RecordPtr> apply_change(const ChangeView& change, const ngsi::Record* before);

}  // namespace tsunagu::store
