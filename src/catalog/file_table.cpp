#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_set>

#include "base/text.h"
#include "catalog/import/csv.h"
#include "catalog/table.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::size_t kSampleRows = 1000, kSampleBytes = 1u << 20;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// A number as JSON writes it: no zeros in front, as codes have them.
bool is_json_number(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || digits.front() < '0' || digits.front() > '9' || text.size() > 30) return false;
  if (digits.size() > 1 && digits.front() == '0' && digits[1] != '.' && digits[1] != 'e' && digits[1] != 'E') {
    return false;
  }
  if (digits.back() == '.' || digits.find(".e") != std::string_view::npos) return false;
  return parse_number<double>(text).has_value();
}

bool is_truth(std::string_view text) {
  return equal_ignoring_case(text, "true") || equal_ignoring_case(text, "false");
}

std::vector<Column> named_columns(const std::vector<std::string>& header) {
  std::vector<Column> columns;
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string name(trim(header[i]));
    if (name.empty()) name = "column_" + std::to_string(i + 1);
    const std::string plain = name;
    for (int n = 2; !seen.insert(name).second; ++n) name = plain + "_" + std::to_string(n);
    columns.push_back({std::move(name), Column::Type::kText});
  }
  return columns;
}

/// Reads a file block by block into records.
class Records {
 public:
  using Handler = std::function<void(CsvRecord&)>;
  Records(Files::Reader reader, Handler handler)
      : reader_(std::move(reader)), csv_(',', {std::move(handler), [](std::size_t, const std::string&) {}}) {}

  /// False: that was the end.
  Result<bool> next() {
    auto bytes = reader_.read(kBlock);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->empty()) {
      csv_.finish();
      return false;
    }
    std::string_view text = *bytes;
    if (at_ == 0 && text.starts_with(kMark)) text.remove_prefix(kMark.size());
    at_ += bytes->size();
    csv_.feed(text);
    return true;
  }
  std::size_t position() const { return at_; }

 private:
  Files::Reader reader_;
  CsvReader csv_;
  std::size_t at_ = 0;
};

class FileTable final : public Table {
 public:
  FileTable(Files::Reader reader, std::vector<Column> columns)
      : columns_(std::move(columns)),
        cells_(columns_.size()),
        records_(std::move(reader), [this](CsvRecord& record) { take(record); }) {}

  const std::vector<Column>& columns() const override { return columns_; }

  Result<bool> next(const RowHandler& row) override {
    row_ = &row;
    return records_.next();
  }

 private:
  void take(const CsvRecord& record) {
    if (!header_passed_) {
      header_passed_ = true;
      return;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      Cell& cell = cells_[i];
      cell.text.assign(i < record.fields.size() ? std::string_view(record.fields[i]) : std::string_view());
      cell.kind = cell.text.empty() ? Cell::Kind::kAbsent : Cell::Kind::kText;
      if (cell.text.empty()) continue;
      if (columns_[i].type == Column::Type::kNumber && is_json_number(cell.text)) cell.kind = Cell::Kind::kNumber;
      if (columns_[i].type == Column::Type::kTruth && is_truth(cell.text)) {
        cell.kind = Cell::Kind::kBoolean;
        cell.text.assign(equal_ignoring_case(cell.text, "true") ? "true" : "false");
      }
    }
    (*row_)({++number_, cells_});
  }

  std::vector<Column> columns_;
  std::vector<Cell> cells_;
  Records records_;
  const RowHandler* row_ = nullptr;
  std::int64_t number_ = 0;
  bool header_passed_ = false;
};

/// Columns of files that were looked at: a file never changes.
class Remembered {
 public:
  std::optional<std::vector<Column>> find(const FileId& file) {
    const std::lock_guard lock(mutex_);
    const auto at = columns_.find(file);
    return at == columns_.end() ? std::nullopt : std::optional(at->second);
  }
  void put(const FileId& file, const std::vector<Column>& columns) {
    const std::lock_guard lock(mutex_);
    if (columns_.size() >= kFiles) columns_.clear();
    if (columns.size() <= kColumns) columns_.emplace(file, columns);
  }

 private:
  static constexpr std::size_t kFiles = 1000, kColumns = 1000;
  std::mutex mutex_;
  std::map<FileId, std::vector<Column>> columns_;
};

Result<std::vector<Column>> look_at(const Files& files, const FileId& file) {
  auto reader = files.open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::vector<Column> columns;
  struct Seen {
    bool any = false, numbers = true, truths = true;
  };
  std::vector<Seen> seen;
  std::size_t rows = 0;
  Records records(std::move(*reader), [&](CsvRecord& record) {
    if (columns.empty()) {
      columns = named_columns(record.fields);
      seen.resize(columns.size());
      return;
    }
    if (rows++ >= kSampleRows) return;
    for (std::size_t i = 0; i < std::min(seen.size(), record.fields.size()); ++i) {
      const std::string& text = record.fields[i];
      if (text.empty()) continue;
      seen[i].any = true;
      seen[i].numbers = seen[i].numbers && is_json_number(text);
      seen[i].truths = seen[i].truths && is_truth(text);
    }
  });
  while (rows < kSampleRows && records.position() < kSampleBytes) {
    const auto more = records.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].any && seen[i].numbers) columns[i].type = Column::Type::kNumber;
    if (seen[i].any && seen[i].truths) columns[i].type = Column::Type::kTruth;
  }
  return columns;
}

}  // namespace

Result<std::vector<Column>> file_columns(const Files& files, const FileId& file) {
  static Remembered remembered;
  if (auto known = remembered.find(file)) return std::move(*known);
  auto columns = look_at(files, file);
  if (columns) remembered.put(file, *columns);
  return columns;
}

Result<std::unique_ptr<Table>> open_file_table(const Files& files, const FileId& file) {
  auto columns = file_columns(files, file);
  if (!columns) return tl::unexpected(columns.error());
  auto reader = files.open(file);
  if (!reader) return tl::unexpected(reader.error());
  return std::make_unique<FileTable>(std::move(*reader), std::move(*columns));
}

}  // namespace tsunagu::catalog
