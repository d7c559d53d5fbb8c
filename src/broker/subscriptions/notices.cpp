#include "broker/subscriptions/notices.h"

#include <algorithm>

#include "base/log.h"

namespace tsunagu::broker {
namespace {

constexpr std::size_t kWriteAtOnce = 512;      ///< rows of the outbox in one write
constexpr std::size_t kEntitiesAtOnce = 1000;  ///< in one notice of timeInterval

std::chrono::microseconds until(Instant t) {
  return std::chrono::microseconds(std::max<std::int64_t>(0, t.us - now().us));
}
std::chrono::microseconds seconds(double s) {
  return std::chrono::microseconds(static_cast<std::int64_t>(s * 1e6) + 1);
}

}  // namespace

Notices::Notices(store::Store& store, Subscriptions& subscriptions, const trust::Authority& authority,
                 trust::Auditor& auditor, NoticeOptions options)
    : store_(store), subscriptions_(subscriptions), authority_(authority), auditor_(auditor), options_(options) {
  subscriptions_.listen([this](const SubscriptionPtr& before, const SubscriptionPtr& after) { listen(before, after); });
}

Notices::~Notices() {
  stop();
}

void Notices::start(NoticeSink& sink) {
  sink_ = &sink;
  housekeeping_.start();
  intervals_.start();
  store_.watch(*this);
  {
    std::lock_guard order(order_mutex_);
    std::vector<Notice> notices;
    load_outbox(notices);
    loaded_ = true;
    deliver(std::move(notices));
  }
  for (const SubscriptionPtr& subscription : subscriptions_.all()) plan_interval(subscription);
  housekeeping_.after(options_.tidy, [this] { tidy(); });
  const auto figures = [this](auto&& again) -> void {
    housekeeping_.after(options_.figures, [this, again] {
      subscriptions_.write_figures();
      again(again);
    });
  };
  figures(figures);
}

void Notices::stop() {
  if (sink_ == nullptr || stopping_.exchange(true)) return;
  housekeeping_.stop();
  intervals_.stop();
  store_.unwatch(*this);
  {
    std::lock_guard lock(mutex_);
    for (const auto& [number, row] : rows_) {
      if (row.behind) changed_.insert(number);
    }
  }
  write_outbox();
  subscriptions_.write_figures();
}

void Notices::load_outbox(std::vector<Notice>& notices) {
  auto stored = store_.outbox();
  if (!stored)
    return log::error("The outbox cannot be read; its notices wait for the next start: {}", stored.error().detail);
  for (const store::OutboxRow& each : *stored) {
    auto body = unpack_outbox(each.body);
    if (!body) {
      log::error("Row {} of the outbox cannot be read and is left alone", each.number);
      continue;
    }
    Row row;
    row.change = std::move(body->change);
    for (OutboxPart& part : body->parts) {
      SubscriptionPtr subscription = subscriptions_.find(row.change.tenant, part.subscription);
      // One of the same name that was made later was not meant.
      if (!subscription || subscription->created_at > row.change.at) continue;
      const bool dead = part.state == OutboxPart::State::kDead;
      row.parts.push_back({part.number, dead ? Part::State::kDead : Part::State::kDue, part.attempts, part.gave_up,
                           std::move(part.reason), std::move(subscription)});
    }
    row.behind = row.parts.size() < body->parts.size();
    enter(each.number, std::move(row), notices);
  }
  std::lock_guard lock(mutex_);
  forget_oldest();
}

/// Takes a row in; what is due now is added to `notices`, what has to wait is held. Order mutex held.
void Notices::enter(std::uint64_t number, Row row, std::vector<Notice>& notices) {
  std::lock_guard lock(mutex_);
  if (rows_.contains(number)) return;
  row.open = static_cast<std::uint32_t>(row.parts.size());
  if (row.open == 0) {
    gone_.insert(number);
    return write_soon();
  }
  const Row& kept = rows_.emplace(number, std::move(row)).first->second;
  for (std::size_t i = 0; i < kept.parts.size(); ++i) {
    const Part& part = kept.parts[i];
    if (part.state == Part::State::kDead) dead_.insert({number, part.number});
    if (part.state != Part::State::kDue) continue;
    Notice notice{number, part.number, part.subscription, {kept.change}, kept.change.at, part.attempts};
    if (part.subscription->throttling_s == 0 || !hold(notice)) notices.push_back(std::move(notice));
  }
}

/// Keeps the notice back if its subscription was told something not long ago; else the window begins. Needs the lock.
bool Notices::hold(const Notice& notice) {
  const SubscriptionPtr& subscription = notice.subscription;
  const auto width = seconds(subscription->throttling_s);
  const auto [it, is_new] = windows_.try_emplace(subscription->account.get());
  Window& window = it->second;
  if (is_new) {
    window.subscription = subscription;
    const Instant last = subscription->account->figures().last_notification;
    const Instant t = now();
    const bool open = last == kNoInstant || last.us + width.count() <= t.us;
    window.until = {(open ? t.us : last.us) + width.count()};
    housekeeping_.after(until(window.until), [this, account = subscription->account] { release(account); });
    if (open) return false;
  }
  const store::EntityChange& change = notice.changes.front();
  const ngsi::RecordPtr& record = change.after ? change.after : change.before;
  Window::Held held{{notice.row, notice.part}, change};
  const auto earlier = std::ranges::find_if(window.held, [&](const Window::Held& other) {
    const ngsi::RecordPtr& theirs = other.change.after ? other.change.after : other.change.before;
    return theirs->id() == record->id();
  });
  if (earlier != window.held.end()) {
    // What was told last is what the change is against.
    if (change.before && change.after && earlier->change.after) held.change.before = earlier->change.before;
    const Place superseded = earlier->place;
    window.held.erase(earlier);
    settle(superseded);
  }
  window.held.push_back(std::move(held));
  return true;
}

/// The window is over: what was held is told, in one notice, and the next window begins.
void Notices::release(const std::shared_ptr<Account>& account) {
  std::lock_guard order(order_mutex_);
  std::vector<Notice> notices;
  {
    std::lock_guard lock(mutex_);
    const auto it = windows_.find(account.get());
    if (it == windows_.end() || stopping_) return;
    Window& window = it->second;
    if (window.held.empty()) return static_cast<void>(windows_.erase(it));
    notices.push_back(release_held(window));
    const SubscriptionPtr current = account->current();
    const auto width = seconds(current ? current->throttling_s : window.subscription->throttling_s);
    window.until = {now().us + width.count()};
    housekeeping_.after(width, [this, account] { release(account); });
  }
  deliver(std::move(notices));
}

/// One notice of everything held; named after the last. Needs the lock.
Notice Notices::release_held(Window& window) {
  const Place name = window.held.back().place;
  Notice notice{name.row, name.part, window.subscription, {}, window.held.front().change.at, 0};
  std::vector<Place> others;
  for (Window::Held& held : window.held) {
    notice.changes.push_back(std::move(held.change));
    if (held.place != name) others.push_back(held.place);
  }
  if (!others.empty()) followers_[name] = std::move(others);
  window.held.clear();
  return notice;
}

void Notices::deliver(std::vector<Notice> notices) {
  if (!notices.empty()) sink_->deliver(std::move(notices));
}

void Notices::due(std::span<const store::EntityChange> changes, std::vector<std::string>& outbox) {
  due_.clear();
  if (subscriptions_.matcher().size() == 0) return;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const LinkedInStore linked(store_, changes[i].tenant);
    Due due{i, {}};
    subscriptions_.matcher().match(changes[i], &linked, due.subscriptions);
    std::erase_if(due.subscriptions,
                  [&](const SubscriptionPtr& subscription) { return !may_tell(*subscription, changes[i]); });
    if (due.subscriptions.empty()) continue;
    OutboxBody body{changes[i], {}};
    body.parts.resize(due.subscriptions.size());
    for (std::size_t k = 0; k < body.parts.size(); ++k) {
      body.parts[k].number = static_cast<std::uint32_t>(k);
      body.parts[k].subscription = due.subscriptions[k]->id;
    }
    outbox.push_back(pack_outbox(body));
    due_.push_back(std::move(due));
  }
}

void Notices::committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t first_row) {
  if (due_.empty()) return;
  std::lock_guard order(order_mutex_);
  if (!loaded_) return due_.clear();  // load_outbox() finds them
  std::vector<Notice> notices;
  for (std::size_t i = 0; i < due_.size(); ++i) {
    Row row;
    row.change = changes[due_[i].change];
    row.parts.reserve(due_[i].subscriptions.size());
    for (SubscriptionPtr& subscription : due_[i].subscriptions) {
      row.parts.push_back(
          {static_cast<std::uint32_t>(row.parts.size()), Part::State::kDue, 0, {}, {}, std::move(subscription)});
    }
    enter(first_row + i, std::move(row), notices);
  }
  due_.clear();
  deliver(std::move(notices));
}

void Notices::failed() {
  due_.clear();
}

// ---- timeInterval

void Notices::listen(const SubscriptionPtr& before, const SubscriptionPtr& after) {
  if (sink_ == nullptr || stopping_) return;
  const SubscriptionPtr& either = after ? after : before;
  if (after) plan_interval(after);
  if (after && after->is_live(now())) return;
  // Nobody is to be told what was held.
  std::lock_guard lock(mutex_);
  const auto window = windows_.find(either->account.get());
  if (window == windows_.end()) return;
  for (const Window::Held& held : std::exchange(window->second.held, {})) settle(held.place);
}

void Notices::plan_interval(const SubscriptionPtr& subscription) {
  if (subscription->interval_s == 0 || stopping_) return;
  const auto wait = std::max<std::chrono::microseconds>(seconds(subscription->interval_s), options_.least_interval);
  intervals_.after(wait, [this, subscription] {
    if (subscription->account->current() != subscription)
      return;  // changed meanwhile: the next version has its own plan
    if (subscription->is_live(now())) tell_all(subscription);
    plan_interval(subscription);
  });
}

/// While notices of the last time are still under way, none is added.
void Notices::tell_all(const SubscriptionPtr& subscription) {
  {
    std::lock_guard lock(mutex_);
    if (under_way_.contains(subscription->account.get())) return;
  }
  const std::vector<ngsi::RecordPtr> entities = subscribed_entities(*subscription);
  const Instant at = now();
  std::vector<Notice> notices;
  for (std::size_t i = 0; i < entities.size(); i += kEntitiesAtOnce) {
    Notice notice{0, told_all_++, subscription, {}, at, 0};
    for (std::size_t k = i; k < std::min(entities.size(), i + kEntitiesAtOnce); ++k) {
      notice.changes.push_back({subscription->tenant, entities[k], entities[k], at});
    }
    notices.push_back(std::move(notice));
  }
  if (notices.empty()) return;
  {
    std::lock_guard lock(mutex_);
    under_way_[subscription->account.get()] = notices.size();
  }
  std::lock_guard order(order_mutex_);
  deliver(std::move(notices));
}

std::vector<ngsi::RecordPtr> Notices::subscribed_entities(const Subscription& subscription) const {
  constexpr std::size_t kBudget = 1000;
  std::vector<ngsi::RecordPtr> all;
  std::unordered_set<std::string_view> seen;
  const bool several = subscription.selectors.size() > 1;
  for (ngsi::Selection& selection : make_selections(subscription)) {
    const auto cursor = store_.query(subscription.tenant, std::move(selection));
    std::vector<ngsi::RecordPtr> found;
    for (bool more = true; more && !stopping_;) {
      found.clear();
      more = cursor->step(kBudget, kBudget, found);
      for (ngsi::RecordPtr& record : found) {
        if (several && !seen.insert(record->id()).second) continue;
        all.push_back(std::move(record));
      }
    }
  }
  return all;
}

// ---- settling

Notices::Part* Notices::find(Place place, Row*& row) {
  const auto it = rows_.find(place.row);
  if (it == rows_.end()) return nullptr;
  row = &it->second;
  const auto part = std::ranges::lower_bound(row->parts, place.part, {}, &Part::number);
  return part == row->parts.end() || part->number != place.part ? nullptr : &*part;
}

void Notices::settle(Place place) {
  Row* row = nullptr;
  Part* part = find(place, row);
  if (part == nullptr || part->state == Part::State::kSettled) return;
  if (part->state == Part::State::kDead) dead_.erase(place);
  part->state = Part::State::kSettled;
  row->behind = true;
  if (--row->open == 0) {
    close(place.row, *row);
  } else if (std::ranges::all_of(row->parts, [](const Part& each) { return each.state != Part::State::kDue; })) {
    changed_.insert(place.row);  // only dead letters are left: the rest must not come back with them
    write_soon();
  }
}

void Notices::close(std::uint64_t number, Row&) {
  gone_.insert(number);
  changed_.erase(number);
  rows_.erase(number);
  write_soon();
}

void Notices::bury(Place place, std::uint32_t attempts, const std::string& reason) {
  Row* row = nullptr;
  Part* part = find(place, row);
  if (part == nullptr || part->state != Part::State::kDue) return;
  part->state = Part::State::kDead;
  part->attempts = attempts;
  part->gave_up = now();
  part->reason = reason;
  changed_.insert(place.row);
  dead_.insert(place);
  forget_oldest();
  write_soon();
}

/// Needs the lock.
void Notices::forget_oldest() {
  while (dead_.size() > options_.dead_letters) {
    if (forgotten_++ % 1000 == 0) {
      log::warn("More than {} notifications could not be delivered: the oldest are forgotten, {} so far",
                options_.dead_letters, forgotten_);
    }
    settle(*dead_.begin());
  }
}

/// Needs the lock.
void Notices::write_soon() {
  if (write_planned_ || stopping_) return;
  write_planned_ = true;
  const bool many = gone_.size() + changed_.size() >= kWriteAtOnce;
  housekeeping_.after(many ? std::chrono::milliseconds(0) : options_.settle, [this] { write_outbox(); });
}

OutboxBody Notices::remaining(const Row& row) const {
  OutboxBody body{row.change, {}};
  for (const Part& part : row.parts) {
    if (part.state == Part::State::kSettled) continue;
    const auto state = part.state == Part::State::kDead ? OutboxPart::State::kDead : OutboxPart::State::kDue;
    body.parts.push_back({part.number, state, part.attempts, part.gave_up, part.subscription->id, part.reason});
  }
  return body;
}

void Notices::write_outbox() {
  std::vector<store::Write> writes;
  std::vector<std::uint64_t> gone, changed;
  {
    std::lock_guard lock(mutex_);
    write_planned_ = false;
    gone.assign(gone_.begin(), gone_.end());
    gone_.clear();
    for (const std::uint64_t number : gone) writes.emplace_back(store::OutboxWrite{number, std::nullopt});
    for (const std::uint64_t number : std::exchange(changed_, {})) {
      const auto it = rows_.find(number);
      if (it == rows_.end()) continue;
      it->second.behind = false;
      changed.push_back(number);
      writes.emplace_back(store::OutboxWrite{number, pack_outbox(remaining(it->second))});
    }
  }
  if (writes.empty()) return;
  store_.submit(std::move(writes), [this, gone = std::move(gone),
                                    changed = std::move(changed)](const std::vector<store::Outcome>& outcomes) {
    if (outcomes.front().result || stopping_) return;
    std::lock_guard lock(mutex_);
    gone_.insert(gone.begin(), gone.end());
    for (const std::uint64_t number : changed) {
      if (rows_.contains(number)) changed_.insert(number);
    }
    if (write_planned_) return;
    write_planned_ = true;
    housekeeping_.after(std::chrono::seconds(1), [this] { write_outbox(); });
  });
}

/// Rows that stay open for long are rewritten without what is settled, so that a restart does not tell it again.
void Notices::tidy() {
  {
    std::lock_guard lock(mutex_);
    const Instant long_ago{now().us - std::chrono::microseconds(options_.tidy).count()};
    for (const auto& [number, row] : rows_) {
      if (row.behind && row.change.at < long_ago) changed_.insert(number);
    }
    if (!changed_.empty()) write_soon();
  }
  housekeeping_.after(options_.tidy, [this] { tidy(); });
}

}  // namespace tsunagu::broker
