#include "trust/audit/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "base/log.h"
#include "trust/audit/end_mark.h"
#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kMaxRecord = 16u << 20;
constexpr std::size_t kRoomAround = 2048;  // for the rest of the line, and a checkpoint behind it
constexpr std::size_t kMostCommons = 1024;  // remembered
constexpr std::chrono::seconds kSignAfter{60};
constexpr std::chrono::seconds kMarkEvery{1};

/// How much of the file is whole lines, and the last of them.
struct Extent {
  std::uint64_t size = 0;
  std::string last;
  bool gap = false;  ///< lines follow behind zero bytes
};
Extent extent_of(const std::filesystem::path& path) {
  Extent extent;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break;  // no line end behind it
    if (line.find('\0') != std::string::npos) {
      extent.gap = true;
      break;
    }
    extent.size += line.size() + 1;
    extent.last.swap(line);
  }
  return extent;
}

/// Moves what is behind `size` to a file of its own, for a person to look at.
void set_aside(const std::filesystem::path& path, std::uint64_t size) {
  const auto rest = read_range(path, size, std::filesystem::file_size(path));
  const auto torn = std::filesystem::path(path).replace_extension(".torn");
  if (rest) std::ofstream(torn, std::ios::binary | std::ios::app) << *rest;
  log::error("{}: lines behind a gap, which a loss of power left, are not part of the log; they are kept in {}",
             path.string(), torn.string());
}

tl::unexpected<Error> lost(const std::filesystem::path& folder, const std::string& what) {
  return fail(
      ErrorCode::kInternalError,
      fmt::format("{}: {} missing from the audit log. Put them back; or move this folder elsewhere, to be looked "
                  "into, and a new log is begun",
                  folder.string(), what));
}

/// The time of a line.
std::optional<Instant> time_of(std::string_view line) {
  constexpr std::string_view kTime = "\"at\":\"";
  const auto at = line.find(kTime);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + kTime.size());
  return parse_instant(line.substr(0, line.find('"')));
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path folder, SigningKey key, Options options)
    : folder_(std::move(folder)), key_(std::move(key)), options_(std::move(options)) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(std::filesystem::path folder, SigningKey key, Options options) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(folder), std::move(key), std::move(options)));
  const auto mark = read_end_mark(log->folder_, {log->key_});
  if (!mark) return tl::unexpected(mark.error());
  if (auto opened = log->open_last(*mark); !opened) return tl::unexpected(opened.error());
  log->thread_ = std::thread([raw = log.get()] { raw->run(); });
  return log;
}

AuditLog::~AuditLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Goes to the end of the last file: cuts off a torn line, and finds number and hash of the last complete one.
Result<void> AuditLog::open_last(const std::optional<ChainEnd>& mark) {
  const auto all = segments(folder_);
  if (all.empty()) {
    if (mark && mark->number > 0) return lost(folder_, fmt::format("all files with lines up to {} are", mark->number));
    if (auto marked = write_end_mark(folder_, key_, {}); !marked) return marked;
    return begin_segment(now());
  }
  if (!mark) return lost(folder_, fmt::format("the file {}, the mark of its end, is", kEndMark));
  const auto& [first, path] = all.back();
  const Extent extent = extent_of(path);
  if (extent.gap) set_aside(path, extent.size);
  if (extent.last.empty()) {  // the crash came before the first line of the file was whole
    std::filesystem::remove(path);
    return open_last(mark);
  }
  const auto end = claimed_end(extent.last);
  if (!end) {
    return fail(ErrorCode::kInternalError,
                path.string() + ": its last line is no line of an audit log; it was changed");
  }
  if (mark->number > end->number || (mark->number == end->number && mark->hash != end->hash)) {
    return lost(folder_, fmt::format("lines {} to {} are", end->number + (mark->number > end->number), mark->number));
  }
  marked_ = mark->number;
  auto file = SegmentFile::open(path, extent.size);
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  segment_ = first;
  end_ = *end;
  checkpoint_ = {end_.number, end_.hash, time_of(extent.last).value_or(now())};
  if (extent.last.find(",\"checkpoint\":{") == std::string::npos) unsigned_ = 1;
  return {};
}

void AuditLog::add(Instant at, std::string_view member, std::initializer_list<std::string_view> json) {
  line_.clear();
  append_line(line_, end_, at, member, json);
  file_->add(line_);
}

void AuditLog::add_checkpoint(Instant at) {
  const std::string signature = to_base64(key_.sign(signed_text(end_.number + 1, end_.hash)));
  add(at, "checkpoint",
      {fmt::format(R"({{"after":"{}","key":"{}","signature":"{}"}})", to_hex(end_.hash), key_.id(), signature)});
  checkpoint_ = {end_.number, end_.hash, at};
  unsigned_ = 0;
}

// Begins the next file, with a checkpoint.
Result<void> AuditLog::begin_segment(Instant at) {
  const std::uint64_t first = end_.number + 1;
  const auto path = segment_path(folder_, first);
  auto fresh = SegmentFile::create(path);
  if (!fresh) return tl::unexpected(fresh.error());
  auto ready = (*fresh)->reserve(kRoomAround);
  if (ready && file_) ready = file_->sync();
  if (!ready) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return ready;
  }
  file_ = std::move(*fresh);
  segment_ = first;
  commons_.clear();
  add_checkpoint(at);
  sync_folder(folder_);
  return {};
}

Result<void> AuditLog::make_room(std::size_t bytes, Instant at) {
  if (broken_) return tl::unexpected(*broken_);
  if (file_->size() >= options_.segment_bytes) {
    if (auto begun = begin_segment(at); !begun) return begun;
  }
  return file_->reserve(bytes + kRoomAround);
}

Result<AuditLog::Place> AuditLog::add_record(Instant at, const RecordText& record) {
  const std::size_t bytes = record.common.size() + record.own.size();
  if (bytes > kMaxRecord) return bad("A record of the audit log may have 16 MiB.");
  if (auto ready = make_room(bytes, at); !ready) return tl::unexpected(ready.error());
  Place place{end_.number + 1, segment_, file_->size(), 0};
  const std::string_view comma = record.common.empty() || record.own.empty() ? "" : ",";
  const std::uint64_t key = hash64(record.common);
  const auto known = record.common.empty() ? commons_.end() : commons_.find(key);
  if (known != commons_.end() && known->second.text == record.common) {
    add(at, "record", {"{\"as\":", fmt::format_int(known->second.offset).c_str(), comma, record.own, "}"});
  } else {
    add(at, "record", {"{", record.common, comma, record.own, "}"});
    if (commons_.size() >= kMostCommons) commons_.clear();
    if (!record.common.empty()) commons_.insert_or_assign(key, Common{record.common, place.offset});
  }
  place.size = static_cast<std::uint32_t>(line_.size() - 1);
  if (++unsigned_ >= options_.checkpoint_every) add_checkpoint(at);
  return place;
}

Result<AuditLog::Place> AuditLog::append(Instant at, const RecordText& record) {
  std::unique_lock lock(mutex_);
  auto place = add_record(at, record);
  const bool wake = place && !std::exchange(unsynced_, true);
  lock.unlock();
  if (wake) came_.notify_one();
  return place;
}

void AuditLog::when_written(const Place& place, const Done& done) {
  if (options_.sync.count() > 0) return done({});
  std::unique_lock lock(mutex_);
  if (!broken_ && place.number > on_disk_) return void(waiting_.emplace_back(place.number, done));
  const Result<void> written = broken_ ? Result<void>(tl::unexpected(*broken_)) : Result<void>();
  lock.unlock();
  done(written);
}

AuditLog::End AuditLog::end() const {
  const std::lock_guard lock(mutex_);
  return {segment_, file_->size(), end_};
}

Result<Checkpoint> AuditLog::checkpoint() {
  const std::lock_guard lock(mutex_);
  if (unsigned_ == 0) return checkpoint_;
  const Instant at = now();
  if (auto ready = make_room(0, at); !ready) return tl::unexpected(ready.error());
  if (unsigned_ > 0) add_checkpoint(at);  // a file that was begun has one already
  unsynced_ = true;
  came_.notify_one();
  return checkpoint_;
}

void AuditLog::sync(std::unique_lock<std::mutex>& lock) {
  unsynced_ = false;
  const auto file = file_;
  const Checkpoint newest = checkpoint_;
  const std::uint64_t upto = end_.number;
  const bool last = stopping_;
  lock.unlock();
  const auto synced = file->sync();
  if (!synced) log::error("{}", synced.error().detail);
  lock.lock();
  if (synced) on_disk_ = upto;
  // The system may have dropped what it could not write: nothing that follows can be trusted.
  if (!synced) broken_ = synced.error();
  const auto later = std::stable_partition(waiting_.begin(), waiting_.end(),
                                           [&](const auto& one) { return !synced || one.first <= upto; });
  const std::vector<std::pair<std::uint64_t, Done>> ready(std::make_move_iterator(waiting_.begin()),
                                                          std::make_move_iterator(later));
  waiting_.erase(waiting_.begin(), later);
  lock.unlock();
  for (const auto& [number, done] : ready) done(synced);
  if (synced) mark_end(newest, last);
  if (options_.synced) options_.synced();
  lock.lock();
}

// A mark that lags behind is weaker, never wrong.
void AuditLog::mark_end(const Checkpoint& checkpoint, bool at_once) {
  const std::lock_guard marking(marking_);
  const auto now = std::chrono::steady_clock::now();
  if (checkpoint.number <= marked_ || (!at_once && now - marked_at_ < kMarkEvery)) return;
  if (const auto marked = write_end_mark(folder_, key_, {checkpoint.number, checkpoint.hash}); !marked) {
    log::error("{}", marked.error().detail);
    return;
  }
  marked_ = checkpoint.number;
  marked_at_ = now;
}

void AuditLog::run() {
  std::unique_lock lock(mutex_);
  const auto due = [this] { return stopping_ || unsynced_; };
  while (!stopping_) {
    if (unsigned_ == 0) {
      came_.wait(lock, due);
    } else if (!came_.wait_for(lock, kSignAfter, due)) {
      const Instant at = now();
      if (auto ready = make_room(0, at); ready && unsigned_ > 0) add_checkpoint(at);
      unsynced_ = true;
    }
    if (options_.sync.count() > 0) came_.wait_for(lock, options_.sync, [this] { return stopping_; });
    if (unsynced_) sync(lock);
  }
  if (unsigned_ > 0) {
    const Instant at = now();
    if (auto ready = make_room(0, at); !ready) {
      log::error("{}", ready.error().detail);
    } else if (unsigned_ > 0) {
      add_checkpoint(at);
    }
  }
  sync(lock);
}

Result<std::size_t> AuditLog::forget(Instant before) {
  const auto all = segments(folder_);
  std::size_t old = 0;
  for (; old + 1 < all.size(); ++old) {
    std::ifstream next(all[old + 1].path, std::ios::binary);  // it begins when this one ended
    std::string line;
    std::getline(next, line);
    const auto ended = time_of(line);
    if (!ended || *ended >= before) break;
  }
  if (old == 0) return 0;
  std::unique_lock lock(mutex_);
  const RecordText told{"", fmt::format(R"("kind":"operation","action":"retention","count":{})", all[old].first - 1)};
  if (auto written = add_record(now(), told); !written) return tl::unexpected(written.error());
  sync(lock);
  lock.unlock();
  for (std::size_t i = 0; i < old; ++i) {
    std::error_code problem;
    if (!std::filesystem::remove(all[i].path, problem)) {
      return fail(ErrorCode::kReadOnly, all[i].path.string() + ": could not be removed: " + problem.message());
    }
  }
  sync_folder(folder_);
  return old;
}

}  // namespace tsunagu::trust
