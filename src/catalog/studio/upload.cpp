#include "catalog/studio/upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "catalog/import/json_walk.h"

namespace tsunagu::catalog {
namespace {

constexpr int kRounds = 5;  // of repairs that bring others to light

std::string text_of(std::string_view json) {
  return json.starts_with('"') ? json_string_text(json) : std::string();
}

void member(std::string& out, std::string_view name, std::string_view text) {
  out += out.back() == '{' ? "" : ",";
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

}  // namespace

std::string to_json(const UploadDraft& d) {
  std::string out = "{";
  member(out, "fileName", d.file_name);
  member(out, "tenant", d.tenant);
  member(out, "created", to_string(d.created));
  member(out, "encoding", encoding_key(d.encoding));
  member(out, "sheet", d.sheet);
  member(out, "municipality", d.settings.municipality);
  member(out, "dataset", d.dataset);
  out += fmt::format(R"(,"byteSize":{})", d.byte_size);
  if (d.settings.header_row) out += fmt::format(R"(,"headerRow":{})", *d.settings.header_row);
  if (d.settings.standard) member(out, "standard", *d.settings.standard);
  out += R"(,"columns":{)";
  for (const auto& [standard, own] : d.settings.columns) member(out, standard, own);
  out += R"(},"steps":[)";
  for (std::size_t i = 0; i < d.steps.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, d.steps[i]);
  }
  return out += "]}";
}

std::optional<UploadDraft> read_draft(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  UploadDraft d;
  for_each_member(json, [&](const std::string& name, std::string_view value) {
    if (name == "fileName") d.file_name = text_of(value);
    if (name == "tenant") d.tenant = text_of(value);
    if (name == "created") d.created = parse_instant(text_of(value)).value_or(kNoInstant);
    if (name == "encoding") d.encoding = parse_encoding(text_of(value)).value_or(Encoding::kDetect);
    if (name == "sheet") d.sheet = text_of(value);
    if (name == "municipality") d.settings.municipality = text_of(value);
    if (name == "dataset") d.dataset = text_of(value);
    if (name == "byteSize") d.byte_size = parse_number<std::uint64_t>(value).value_or(0);
    if (name == "headerRow") d.settings.header_row = parse_number<std::size_t>(value);
    if (name == "standard") d.settings.standard = text_of(value);
    if (name == "columns" && value.starts_with('{')) {
      for_each_member(value, [&d](const std::string& standard, std::string_view own) {
        d.settings.columns[standard] = text_of(own);
      });
    }
    if (name == "steps" && value.starts_with('[')) {
      for_each_element(value, [&d](std::string_view item) {
        if (auto step = read_step(item)) d.steps.push_back(std::move(*step));
      });
    }
  });
  return d;
}

bool is_sure(const Finding& finding) {
  if (!finding.repair) return false;
  switch (finding.kind) {
    case FindingKind::kForm:
      return finding.fit == Form::Fit::kFixable;
    case FindingKind::kLines:
    case FindingKind::kDatum:
    case FindingKind::kPersonal:
    case FindingKind::kSmallGroups:
    case FindingKind::kExactAge:
      return false;
    default:
      return true;
  }
}

Upload::Upload(std::string id, std::filesystem::path folder, UploadDraft draft)
    : id_(std::move(id)), folder_(std::move(folder)), draft_(std::move(draft)) {}

UploadDraft Upload::draft() const {
  const std::lock_guard lock(mutex_);
  return draft_;
}
std::shared_ptr<const UploadView> Upload::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}
Upload::Now Upload::now() const {
  const std::lock_guard lock(mutex_);
  return {draft_, view_, state_, error_};
}

// Reading is counted as three fifths, looking as the rest.
double Upload::progress() const {
  const double read =
      std::min(1.0, static_cast<double>(reading_progress_.done) / static_cast<double>(reading_progress_.of.load()));
  const auto of = static_cast<double>(rows_of_.load());
  return 0.6 * read + (of > 0 ? 0.4 * std::min(1.0, static_cast<double>(rows_done_) / of) : 0);
}

void Upload::stop() {
  reading_progress_.stop = true;
}

void Upload::load(const std::shared_ptr<const Places>& places) {
  const std::lock_guard work(work_);
  if (view() != nullptr) return;
  auto made = look(places, draft());
  if (made) {
    if (auto kept = save(draft()); !kept) made = tl::unexpected(kept.error());
  }
  const std::lock_guard lock(mutex_);
  if (made) {
    view_ = std::move(*made);
    state_ = State::kReady;
  } else {
    state_ = State::kFailed;
    error_ = made.error().detail;
  }
}

Result<std::shared_ptr<const RowFile>> Upload::records(const UploadDraft& draft, TableReading& reading) {
  if (records_ && records_encoding_ == draft.encoding && records_sheet_ == draft.sheet) {
    reading = reading_;
    return records_;
  }
  const std::filesystem::path path = folder_ / "rows";
  const std::filesystem::path part = folder_ / "rows.part";
  auto writer = RowFileWriter::create(part);
  if (!writer) return tl::unexpected(writer.error());
  auto read = read_table(original(), {draft.encoding, draft.sheet}, *writer, reading_progress_);
  if (!read) return tl::unexpected(read.error());
  if (writer->size() == 0) return bad("There is no table in the file: it has no rows. / ファイルに表がありません。");
  if (auto done = writer->finish(); !done) return tl::unexpected(done.error());
  std::error_code fault;
  std::filesystem::rename(part, path, fault);
  if (fault) return fail(ErrorCode::kInternalError, path.string() + ": " + fault.message());
  auto file = RowFile::open(path);
  if (!file) return file;
  records_ = *file;
  reading_ = reading = std::move(*read);
  records_encoding_ = draft.encoding;
  records_sheet_ = draft.sheet;
  return records_;
}

Result<std::shared_ptr<const UploadView>> Upload::look(const std::shared_ptr<const Places>& places,
                                                       const UploadDraft& draft) {
  auto view = std::make_shared<UploadView>();
  auto rows = records(draft, view->reading);
  if (!rows) return tl::unexpected(rows.error());
  rows_done_ = 0;
  rows_of_ = (*rows)->size();
  std::string hint = draft.file_name;
  std::transform(hint.begin(), hint.end(), hint.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  view->table = std::make_shared<WorkTable>(*rows, draft.settings, draft.steps, places, hint);
  if (view->table->rows() == 0) {
    return bad("The table has a header but no rows. / 見出しだけで、データの行がありません。");
  }
  auto analysis = analyse(*view->table, view->reading.notes, rows_done_, reading_progress_.stop);
  if (!analysis) return fail(ErrorCode::kUnavailable, "stopped");
  rows_done_ = rows_of_.load();
  view->analysis = std::move(*analysis);
  return std::shared_ptr<const UploadView>(std::move(view));
}

Result<void> Upload::save(const UploadDraft& draft) const {
  return write_file(folder_ / "state.json", to_json(draft));
}

Result<void> Upload::change(const std::shared_ptr<const Places>& places,
                            const std::function<Result<void>(UploadDraft&, const UploadView&)>& edit) {
  const std::lock_guard work(work_);
  return change_locked(places, edit);
}

Result<void> Upload::change_locked(const std::shared_ptr<const Places>& places,
                                   const std::function<Result<void>(UploadDraft&, const UploadView&)>& edit) {
  const auto before = view();
  if (before == nullptr) {
    // A file that could not be read may be readable in another encoding.
    static const UploadView kNothing;
    if (now().state != State::kFailed)
      return fail(ErrorCode::kConflict, "the file is still being read: ask again in a moment");
    UploadDraft draft = this->draft();
    if (auto done = edit(draft, kNothing); !done) return done;
    auto made = look(places, draft);
    if (!made) return tl::unexpected(made.error());
    if (auto kept = save(draft); !kept) return kept;
    const std::lock_guard lock(mutex_);
    draft_ = std::move(draft);
    view_ = std::move(*made);
    state_ = State::kReady;
    error_.clear();
    return {};
  }
  UploadDraft draft = this->draft();
  if (auto done = edit(draft, *before); !done) return done;
  auto made = look(places, draft);
  if (!made) return tl::unexpected(made.error());
  if (auto kept = save(draft); !kept) return kept;
  const std::lock_guard lock(mutex_);
  draft_ = std::move(draft);
  view_ = std::move(*made);
  return {};
}

Result<void> Upload::repair_all(const std::shared_ptr<const Places>& places) {
  const std::lock_guard work(work_);
  std::optional<unsigned> group;
  for (int round = 0; round < kRounds; ++round) {
    std::size_t added = 0;
    auto done = change_locked(places, [&](UploadDraft& draft, const UploadView& view) -> Result<void> {
      if (!group) group = draft.steps.empty() ? 1 : draft.steps.back().group + 1;
      for (const Finding& finding : view.analysis.findings) {
        if (!is_sure(finding)) continue;
        Step step = *finding.repair;
        step.id = finding.id();
        step.changed = finding.count;
        step.group = *group;
        // A repair that has been done and leaves its finding would be done for ever.
        const bool again = std::any_of(draft.steps.begin(), draft.steps.end(),
                                       [&](const Step& s) { return s.group == *group && s.id == step.id; });
        if (again) continue;
        draft.steps.push_back(std::move(step));
        ++added;
      }
      return {};
    });
    if (!done || added == 0) return done;
  }
  return {};
}

void Upload::set_dataset(const std::string& name) {
  const std::lock_guard work(work_);
  UploadDraft changed = draft();
  changed.dataset = name;
  if (!save(changed)) return;  // only the link from the list of uploads is lost
  const std::lock_guard lock(mutex_);
  draft_ = std::move(changed);
}

Result<void> write_file(const std::filesystem::path& path, std::string_view text) {
  const std::string part = path.string() + ".part";
  const auto failed = [&path] {
    const ErrorCode code = errno == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kInternalError;
    return fail(code, path.string() + ": " + std::strerror(errno));
  };
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed();
  bool good = true;
  for (std::size_t at = 0; good && at < text.size();) {
    const ssize_t n = ::write(file, text.data() + at, text.size() - at);
    good = n > 0;
    if (good) at += static_cast<std::size_t>(n);
  }
  good = good && ::fsync(file) == 0;
  const bool closed = ::close(file) == 0;
  if (!good || !closed || ::rename(part.c_str(), path.c_str()) != 0) return failed();
  return {};
}

}  // namespace tsunagu::catalog
