#include "store/sqlite/folding.h"

#include "base/log.h"

namespace tsunagu::store {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kSliceBytes = 1u << 20;
constexpr std::size_t kSliceNumbers = 500;
constexpr auto kFoldRetry = std::chrono::seconds(1);
constexpr std::size_t kLookedAtOnce = 2000;
constexpr auto kPause = std::chrono::milliseconds(20);  // between slices of what is too old: it has time
constexpr auto kLookAgain = std::chrono::minutes(1);

}  // namespace

void Folding::start(std::function<void()> wake_writer) {
  wake_writer_ = std::move(wake_writer);
  thread_ = std::thread([this] { run(); });
}

void Folding::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  note(Error{ErrorCode::kUnavailable, "The store is stopping"});
}

std::optional<Error> Folding::failing() const {
  std::lock_guard lock(mutex_);
  return failing_;
}

// The writer may be waiting for it.
void Folding::note(std::optional<Error> failing) {
  {
    std::lock_guard lock(mutex_);
    failing_ = std::move(failing);
  }
  wake_writer_();
}

std::uint64_t Folding::enough() const {
  return std::min(options_.fold_journal_bytes, options_.max_unfolded_bytes / 2);
}

void Folding::grown() {
  if (history_.tail.load().bytes < enough()) return;
  {
    std::lock_guard lock(mutex_);
    grown_ = true;
  }
  wake_.notify_all();
}

void Folding::write_slice(const std::function<Result<void>(const FoldSlice&)>& write) {
  const FoldSlice* slice = nullptr;
  {
    std::lock_guard lock(mutex_);
    slice = std::exchange(slice_, nullptr);
    has_slice_ = false;
  }
  if (!slice) return;
  auto written = write(*slice);
  {
    std::lock_guard lock(mutex_);
    written_ = std::move(written);
  }
  wake_.notify_all();
}

Result<void> Folding::hand_over(FoldSlice slice) {
  std::unique_lock lock(mutex_);
  if (stop_) return fail(ErrorCode::kUnavailable, "The store is stopping");
  slice_ = &slice;
  written_.reset();
  has_slice_ = true;
  lock.unlock();
  wake_writer_();
  lock.lock();
  wake_.wait(lock, [this] { return written_.has_value(); });
  return *std::exchange(written_, std::nullopt);
}

Folding::Due Folding::wait_until_due() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stop_) return Due::kStop;
    grown_ = false;
    const Tail::Load load = history_.tail.load();
    const bool any = load.bytes > 0 || load.sealed;
    if (load.sealed || (any && load.bytes >= enough())) return Due::kFold;
    const auto time = Clock::now();
    auto due = any ? load.since + options_.fold_interval : time + options_.fold_interval;
    if (any && time >= due) return Due::kFold;
    if (retention_.any()) {
      if (time >= next_look_) return Due::kLook;
      due = std::min(due, next_look_);
    }
    wake_.wait_until(lock, due, [this] { return stop_ || grown_; });
  }
}

void Folding::run() {
  for (Due due; (due = wait_until_due()) != Due::kStop;) {
    const auto done = due == Due::kFold ? fold() : look();
    if (due == Due::kFold) note(done ? std::nullopt : std::optional(done.error()));
    if (done) continue;
    if (due == Due::kLook) {
      next_look_ = Clock::now() + kLookAgain;
      log::warn("History that is too old could not be removed and will be tried again: {}", done.error().detail);
      continue;
    }
    std::unique_lock lock(mutex_);
    if (stop_) return;
    log::warn("History could not be folded and will be tried again: {}", done.error().detail);
    wake_.wait_for(lock, kFoldRetry, [this] { return stop_; });
  }
}

Result<void> Folding::fold() {
  const Tail::Snapshot sealed = history_.tail.seal();
  auto tables = history_.pool.take();
  if (!tables) return tl::unexpected(tables.error());
  std::vector<std::uint64_t> numbers;
  for (const auto& part : sealed.parts) {
    const auto some = part->all_numbers();
    numbers.insert(numbers.end(), some.begin(), some.end());
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());

  // One read transaction per slice instead of several per number; it ends before the writer gets the slice.
  Database& reading = (*tables)->database();
  if (auto done = reading.exec("BEGIN"); !done) return done;
  FoldSlice slice;
  std::size_t bytes = 0;
  for (const std::uint64_t number : numbers) {
    auto folded = fold_number(**tables, sealed, number, folded_, retention_, {.series_points = options_.leaf_points});
    if (!folded) return tl::unexpected(folded.error());
    if (!*folded) continue;
    bytes += (*folded)->bytes;
    slice.numbers.push_back(std::move(**folded));
    if (bytes < kSliceBytes && slice.numbers.size() < kSliceNumbers) continue;
    if (auto done = reading.exec("COMMIT"); !done) return done;
    if (auto done = hand_over(std::exchange(slice, {})); !done) return done;
    if (auto done = reading.exec("BEGIN"); !done) return done;
    bytes = 0;
  }
  if (auto done = reading.exec("COMMIT"); !done) return done;
  history_.pool.give_back(std::move(*tables));
  slice.mark = sealed.sequence;
  if (auto done = hand_over(std::move(slice)); !done) return done;
  folded_ = sealed.sequence;
  history_.tail.drop(sealed.sequence);
  return {};
}

Result<void> Folding::look() {
  auto tables = history_.pool.take();
  if (!tables) return tl::unexpected(tables.error());
  const auto numbers = (*tables)->numbers_behind(looked_at_, kLookedAtOnce);
  if (!numbers) return tl::unexpected(numbers.error());
  FoldSlice slice;
  std::size_t bytes = 0;
  std::uint64_t last = looked_at_;
  for (const std::uint64_t number : *numbers) {
    auto aged = age_number(**tables, number, retention_, {.series_points = options_.leaf_points});
    if (!aged) {
      log::warn("Points of entity {} that are too old cannot be removed: {}", number, aged.error().detail);
    } else if (*aged) {
      bytes += (*aged)->bytes;
      slice.numbers.push_back(std::move(**aged));
      if (slice.numbers.back().more) break;  // from here again when this is written
    }
    last = number;
    if (bytes >= kSliceBytes || slice.numbers.size() >= kSliceNumbers) break;
  }
  history_.pool.give_back(std::move(*tables));
  next_look_ = Clock::now();
  if (!slice.numbers.empty()) {
    if (auto done = hand_over(std::move(slice)); !done) return done;
    next_look_ = Clock::now() + kPause;
  }
  looked_at_ = last;
  if (!numbers->empty()) return {};
  looked_at_ = 0;
  next_look_ = Clock::now() + retention_.options().interval;
  if (retention_.options().looked) retention_.options().looked();
  return {};
}

}  // namespace tsunagu::store
