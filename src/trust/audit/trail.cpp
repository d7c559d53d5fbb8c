#include "trust/audit/trail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kPersonsInRecord = 5000;
constexpr std::chrono::hours kVerifyEvery{24};
constexpr std::size_t kMostNotes = 50'000;        // beyond, the index reads the files
constexpr std::uint64_t kReadAtOnce = 4u << 20;   // bytes
constexpr std::int64_t kLongestKeep = 12 * 1000;  // months

}  // namespace

Result<std::unique_ptr<AuditTrail>> AuditTrail::open(const std::filesystem::path& folder, Options options) {
  std::error_code problem;
  if (std::filesystem::create_directories(folder, problem)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  }
  auto key = SigningKey::open_or_make(folder / "signing.pem");
  if (!key) return tl::unexpected(key.error());
  std::unique_ptr<AuditTrail> trail(new AuditTrail(std::move(options)));
  AuditLog::Options log = trail->options_.log;
  log.synced = [raw = trail.get()] {
    {
      const std::lock_guard lock(raw->mutex_);
      raw->synced_ = true;
    }
    raw->came_.notify_one();
  };
  auto opened = AuditLog::open(folder / "audit", std::move(*key), std::move(log));
  if (!opened) return tl::unexpected(opened.error());
  trail->log_ = std::move(*opened);
  trail->index_ = std::make_unique<AuditIndex>(folder / "audit", trail->options_.indexed);
  trail->thread_ = std::thread([raw = trail.get()] { raw->run(); });
  return trail;
}

AuditTrail::~AuditTrail() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<AuditLog::Place> AuditTrail::write(AuditRecord&& record) {
  static thread_local RecordText text;
  print(record, text);
  auto place = log_->append(record.at, text);
  if (place) {
    const std::lock_guard lock(notes_mutex_);
    if (notes_.size() >= kMostNotes) notes_.clear();
    notes_.push_back({*place, std::move(record)});
  }
  return place;
}

Result<AuditLog::Place> AuditTrail::write_in_parts(AuditRecord&& record) {
  const std::vector<std::string> persons = std::exchange(record.persons, {});
  Result<AuditLog::Place> place;
  for (std::size_t first = 0; place && first < persons.size(); first += kPersonsInRecord) {
    const auto begin = persons.begin() + static_cast<std::ptrdiff_t>(first);
    const auto size = std::min(kPersonsInRecord, persons.size() - first);
    AuditRecord part = record;
    part.persons.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
    place = write(std::move(part));
    record.entities.clear();
  }
  return place;
}

void AuditTrail::record(AuditRecord record, Done done) {
  if (record.at == kNoInstant) record.at = now();
  auto place = record.persons.size() <= kPersonsInRecord ? write(std::move(record)) : write_in_parts(std::move(record));
  if (!done) return;
  if (!place) return done(tl::unexpected(place.error()));
  log_->when_written(*place, done);
}

std::optional<AuditTrail::Verified> AuditTrail::verified() const {
  const std::lock_guard lock(mutex_);
  return verified_;
}

void AuditTrail::verify() {
  const Instant at = now();
  const auto report = verify_audit(log_->folder(), {log_->key()});
  if (!report) {
    log::error("The audit log was altered: {}", report.error().detail);
    if (options_.altered) options_.altered(report.error().detail);
  }
  const std::lock_guard lock(mutex_);
  verified_ = Verified{at, report ? "" : report.error().detail};
}

void AuditTrail::once_a_day() {
  verify();
  if (const auto checkpoint = log_->checkpoint()) {
    log::info("Audit log: checkpoint {}:{} (keep this line elsewhere; tsunagu audit verify --pinned takes it)",
              checkpoint->number, to_hex(checkpoint->hash));
  }
  if (!options_.keep) return;
  ngsi::Duration back = *options_.keep;
  const auto forgotten = log_->forget(ngsi::advance(now(), {-back.months, -back.us}, 1));
  if (!forgotten) {
    log::error("{}", forgotten.error().detail);
  } else if (*forgotten > 0) {
    log::info("Audit log: {} files older than is to be kept were removed", *forgotten);
  }
}

Result<ngsi::Duration> parse_keep(std::string_view text) {
  std::string iso(text);
  if (!iso.starts_with('P')) {
    iso.insert(0, 1, 'P');
    std::transform(iso.begin(), iso.end(), iso.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  }
  auto duration = ngsi::parse_duration(iso);
  if (!duration || duration->zero() || duration->months > kLongestKeep) {
    return bad(fmt::format("\"{}\" is no time to keep the audit log for; 10y, 18m (months), 90d or P10Y are", text));
  }
  return duration;
}

// A part of what came; true when that was all.
bool AuditTrail::follow() {
  const std::lock_guard lock(index_mutex_);
  const auto end = log_->end();
  std::vector<AuditNote> notes;
  {
    const std::lock_guard notes_lock(notes_mutex_);
    notes.swap(notes_);
  }
  return index_->follow(end, std::move(notes), options_.each, kReadAtOnce);
}

AuditPage AuditTrail::search(const AuditQuery& query) {
  while (ready() && !follow()) {
  }
  const std::lock_guard lock(index_mutex_);
  return index_->find(query);
}

void AuditTrail::settle() {
  while (!follow()) {
  }
}

void AuditTrail::run() {
  auto next_day = std::chrono::steady_clock::now();
  for (std::unique_lock lock(mutex_); !stopping_;) {
    const bool due = std::chrono::steady_clock::now() >= next_day;
    const bool read = std::exchange(synced_, false);
    lock.unlock();
    bool more = false;
    if (read) {
      more = !follow();
      if (!more) ready_.store(true, std::memory_order_release);
    }
    if (due) {
      once_a_day();
      next_day += kVerifyEvery;
    }
    lock.lock();
    synced_ = synced_ || more;
    came_.wait_until(lock, next_day, [this] { return stopping_ || synced_; });
  }
}

}  // namespace tsunagu::trust
