// One uploaded file on its way to publication: its bytes, what was told and done about it, the table as it stands and
// what was found in it. Lives in a folder of its own and survives a restart.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "catalog/studio/findings.h"
#include "catalog/studio/work_table.h"
#include "catalog/table/read_table.h"

namespace tsunagu::catalog {

/// What its owner decided: kept in state.json.
struct UploadDraft {
  std::string file_name;
  std::uint64_t byte_size = 0;
  std::string tenant;
  Instant created;
  Encoding encoding = Encoding::kDetect;  ///< told
  std::string sheet;                      ///< told
  TableSettings settings;
  std::vector<Step> steps;
  std::string dataset;  ///< published as
};
std::string to_json(const UploadDraft& draft);
std::optional<UploadDraft> read_draft(std::string_view canonical_json);

/// The table as it stands; never changes.
struct UploadView {
  TableReading reading;
  std::shared_ptr<const WorkTable> table;
  Analysis analysis;
};

/// Thread-safe. Changes happen one after the other.
class Upload {
 public:
  enum class State : unsigned char { kReading, kReady, kFailed };

  /// `folder` holds the file as "original".
  Upload(std::string id, std::filesystem::path folder, UploadDraft draft);

  const std::string& id() const { return id_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path original() const { return folder_ / "original"; }
  UploadDraft draft() const;
  /// Null as long as it is not ready.
  std::shared_ptr<const UploadView> view() const;
  /// What belongs together, of one moment.
  struct Now {
    UploadDraft draft;
    std::shared_ptr<const UploadView> view;
    State state;
    std::string error;  ///< why it failed
  };
  Now now() const;
  double progress() const;  ///< 0 to 1

  /// Reads the file if that was not done, and looks at the table. Blocks, for a large file for minutes.
  void load(const std::shared_ptr<const Places>& places);
  /// Changes the draft and looks anew; an error leaves everything as it was. Blocks. Conflict while it is not ready.
  Result<void> change(const std::shared_ptr<const Places>& places,
                      const std::function<Result<void>(UploadDraft&, const UploadView&)>& edit);
  /// All repairs that are sure, until there are none left.
  Result<void> repair_all(const std::shared_ptr<const Places>& places);
  void set_dataset(const std::string& name);
  /// Work under way ends soon, without a result.
  void stop();

 private:
  Result<std::shared_ptr<const RowFile>> records(const UploadDraft& draft, TableReading& reading);
  Result<std::shared_ptr<const UploadView>> look(const std::shared_ptr<const Places>& places, const UploadDraft& draft);
  Result<void> save(const UploadDraft& draft) const;
  Result<void> change_locked(const std::shared_ptr<const Places>& places,
                             const std::function<Result<void>(UploadDraft&, const UploadView&)>& edit);

  const std::string id_;
  const std::filesystem::path folder_;
  std::mutex work_;           // one change at a time
  mutable std::mutex mutex_;  // of what follows
  UploadDraft draft_;
  std::shared_ptr<const UploadView> view_;
  State state_ = State::kReading;
  std::string error_;
  // The records read last, for as long as encoding and sheet stay.
  std::shared_ptr<const RowFile> records_;
  TableReading reading_;
  Encoding records_encoding_ = Encoding::kDetect;
  std::string records_sheet_;
  ReadProgress reading_progress_;
  std::atomic<std::uint64_t> rows_done_{0}, rows_of_{0};
};

/// May the repair be done without anybody looking at it?
bool is_sure(const Finding& finding);

/// For people and programs: docs/studio.md. ~1 ms.
std::string report_json(const Upload& upload);
struct RowsAsked {
  std::size_t offset = 0, limit = 50;
  bool only_findings = false;
};
std::string rows_json(const UploadView& view, const RowsAsked& asked);
/// Points as GeoJSON, at most 20,000 of them.
std::string map_json(const UploadView& view);
std::string standards_json();

/// How many of the cells that a table should have are filled, 0 to 1: of a standard, required columns count twice.
double completeness_of(const UploadView& view);
/// The share of cells without a finding, 0 to 1.
double validity_of(const UploadView& view);

/// Writes a whole small file, durable and at once: a reader sees the old or the new one.
Result<void> write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace tsunagu::catalog
