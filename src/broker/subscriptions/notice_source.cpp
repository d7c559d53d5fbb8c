// What the sink of notices asks and tells.
#include <algorithm>

#include "broker/subscriptions/matcher.h"
#include "broker/subscriptions/notices.h"
#include "broker/subscriptions/notification.h"
#include "trust/view.h"

namespace tsunagu::broker {

std::optional<Endpoint> Notices::endpoint(const Notice& notice) const {
  const SubscriptionPtr current = notice.subscription->account->current();
  if (!current || !current->is_live(now())) return std::nullopt;
  if (!in_force(current->owner)) return std::nullopt;
  return current->endpoint;
}

std::optional<Message> Notices::render(const Notice& notice) const {
  const SubscriptionPtr current = notice.subscription->account->current();
  if (!current) return std::nullopt;
  const trust::AccessPtr access = authority_.access(current->owner.subject, current->tenant, current->owner.purpose);
  if (access->all()) {
    if (access->knows_persons()) write_down(*current, notice.changes);
    const LinkedInStore linked(store_, current->tenant);
    return render_notification(notice, *current, subscriptions_.context_url(*current), linked);
  }
  // Rights may have changed since it became due: what is told is decided now.
  const trust::LinkedBehind behind(store_, current->tenant);
  Notice allowed = notice;
  allowed.changes.clear();
  for (const store::EntityChange& change : notice.changes) {
    if (current->interval_s == 0 && !may_tell(*current, change)) continue;
    store::EntityChange shown = trust::show(*access, trust::kSubscribe, change, behind);
    if (shown.before || shown.after) allowed.changes.push_back(std::move(shown));
  }
  if (allowed.changes.empty()) return std::nullopt;
  write_down(*current, allowed.changes);
  const trust::View view(store_, authority_, current->owner.subject, current->owner.purpose);
  const LinkedInStore linked(view, current->tenant);
  return render_notification(allowed, *current, subscriptions_.context_url(*current), linked);
}

bool Notices::in_force(const Owner& owner) const {
  return !options_.in_force || options_.in_force(*owner.subject);
}

bool Notices::may_tell(const Subscription& subscription, const store::EntityChange& change) const {
  const Owner& owner = subscription.owner;
  if (!in_force(owner)) return false;
  const trust::AccessPtr access = authority_.access(owner.subject, change.tenant, owner.purpose);
  if (access->all()) return true;
  const trust::LinkedBehind behind(store_, change.tenant);
  const store::EntityChange shown = trust::show(*access, trust::kSubscribe, change, behind);
  const trust::View view(store_, authority_, owner.subject, owner.purpose);
  const LinkedInStore linked(view, change.tenant);
  return concerns(subscription, shown, ChangeSet(shown), &linked);
}

/// Who was told of whom.
void Notices::write_down(const Subscription& subscription, const std::vector<store::EntityChange>& told) const {
  const Owner& owner = subscription.owner;
  const trust::AccessPtr access = authority_.access(owner.subject, subscription.tenant, owner.purpose);
  trust::AuditRecord record;
  for (const store::EntityChange& change : told) {
    const ngsi::RecordPtr& shown = change.after ? change.after : change.before;
    const ngsi::RecordPtr there = store_.find(change.tenant, shown->id());
    const std::string_view person = access->person_of(there ? *there : *shown);
    if (person.empty()) continue;
    ++record.count;
    record.entities.emplace_back(shown->id());
    if (std::ranges::find(record.persons, person) == record.persons.end()) record.persons.emplace_back(person);
  }
  if (record.count == 0) return;
  record.subject = owner.subject;
  record.purpose = owner.purpose;
  record.action = "notice";
  record.tenant = subscription.tenant_name;
  record.request = subscription.id;
  record.peer = subscription.endpoint.uri;
  record.outcome = "ok";
  auditor_.record(std::move(record), {});
}

void Notices::attempt_begins(const Notice& notice) {
  notice.subscription->account->attempt_begins(now());
}

void Notices::attempt_ended(const Notice& notice, const Attempt& attempt) {
  notice.subscription->account->attempt_ended(attempt.delivered, now());
}

/// Needs the lock.
void Notices::settle_with_followers(const Notice& notice) {
  if (notice.row == 0) {
    const auto it = under_way_.find(notice.subscription->account.get());
    if (it != under_way_.end() && --it->second == 0) under_way_.erase(it);
    return;
  }
  const Place place{notice.row, notice.part};
  settle(place);
  const auto followers = followers_.extract(place);
  if (followers.empty()) return;
  for (const Place& each : followers.mapped()) settle(each);
}

void Notices::settled(const Notice& notice) {
  std::lock_guard lock(mutex_);
  settle_with_followers(notice);
}

void Notices::gave_up(const Notice& notice, const std::string& reason) {
  std::lock_guard lock(mutex_);
  if (notice.row == 0) return settle_with_followers(notice);  // the next interval tells it all again
  const Place place{notice.row, notice.part};
  bury(place, notice.attempts, reason);
  const auto followers = followers_.extract(place);
  if (followers.empty()) return;
  for (const Place& each : followers.mapped()) bury(each, notice.attempts, reason);
}

DeadLetter Notices::letter(std::uint64_t number, const Row& row, const Part& part) const {
  const SubscriptionPtr current = part.subscription->account->current();
  const ngsi::RecordPtr& record = row.change.after ? row.change.after : row.change.before;
  DeadLetter letter;
  letter.row = number;
  letter.part = part.number;
  letter.tenant = part.subscription->tenant_name;
  letter.subscription = part.subscription->id;
  letter.uri = (current ? current : part.subscription)->endpoint.uri;
  letter.reason = part.reason;
  letter.entities.emplace_back(record->id());
  letter.due = row.change.at;
  letter.gave_up = part.gave_up;
  letter.attempts = part.attempts;
  return letter;
}

/// Calls f(letter) for the dead parts that the filter means until it answers false. Needs the lock.
template <class F>
void Notices::each_dead(const NoticeFilter& filter, F&& f) const {
  for (const Place& place : dead_) {
    if ((filter.row && *filter.row != place.row) || (filter.part && *filter.part != place.part)) continue;
    const Row& row = rows_.at(place.row);
    const DeadLetter about = letter(place.row, row, *std::ranges::find(row.parts, place.part, &Part::number));
    const bool meant = (!filter.tenant || *filter.tenant == about.tenant) &&
                       (!filter.subscription || *filter.subscription == about.subscription) &&
                       (!filter.uri || *filter.uri == about.uri);
    if (meant && !f(about)) return;
  }
}

std::vector<DeadLetter> Notices::dead_letters(const NoticeFilter& filter, std::size_t limit) const {
  std::vector<DeadLetter> letters;
  std::lock_guard lock(mutex_);
  if (limit == 0) return letters;
  each_dead(filter, [&](const DeadLetter& letter) {
    letters.push_back(letter);
    return letters.size() < limit;
  });
  return letters;
}

Result<std::size_t> Notices::retry(const NoticeFilter& filter) {
  std::lock_guard order(order_mutex_);
  std::vector<Notice> notices;
  {
    std::lock_guard lock(mutex_);
    std::vector<Place> places;
    each_dead(filter, [&](const DeadLetter& letter) {
      places.push_back({letter.row, letter.part});
      return true;
    });
    for (const Place& place : places) {
      Row* row = nullptr;
      Part* part = find(place, row);
      if (part == nullptr) continue;
      part->state = Part::State::kDue;
      dead_.erase(place);
      part->attempts = 0;
      part->reason.clear();
      part->gave_up = kNoInstant;
      changed_.insert(place.row);
      notices.push_back({place.row, place.part, part->subscription, {row->change}, now(), 0});
    }
    if (!notices.empty()) write_soon();
  }
  const std::size_t count = notices.size();
  deliver(std::move(notices));
  return count;
}

Result<std::size_t> Notices::drop(const NoticeFilter& filter) {
  std::lock_guard lock(mutex_);
  std::vector<Place> places;
  each_dead(filter, [&](const DeadLetter& letter) {
    places.push_back({letter.row, letter.part});
    return true;
  });
  for (const Place& place : places) settle(place);
  return places.size();
}

DeadLetter Notices::describe(const Notice& notice) const {
  const SubscriptionPtr current = notice.subscription->account->current();
  DeadLetter letter;
  letter.row = notice.row;
  letter.part = notice.part;
  letter.tenant = notice.subscription->tenant_name;
  letter.subscription = notice.subscription->id;
  letter.uri = (current ? current : notice.subscription)->endpoint.uri;
  for (const store::EntityChange& change : notice.changes) {
    const ngsi::RecordPtr& record = change.after ? change.after : change.before;
    if (record) letter.entities.emplace_back(record->id());
  }
  letter.due = notice.due;
  letter.attempts = notice.attempts;
  return letter;
}

}  // namespace tsunagu::broker
