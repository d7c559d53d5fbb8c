// A broker as the notifier sees it: endpoints by the name of the subscription, and a list of everything that was said.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "broker/subscriptions/notice.h"
#include "ngsi/context.h"
#include "ngsi/entity.h"

namespace tsunagu::gateway::notify {

class FakeSource final : public broker::NoticeSource {
 public:
  struct Event {
    std::string what;  // "begins", "ended", "settled", "gave up"
    std::uint64_t row;
    std::uint32_t attempts;
    std::string reason;
    bool delivered;
  };

  void at(const std::string& subscription, broker::Endpoint endpoint) {
    const std::lock_guard lock(mutex_);
    endpoints_[subscription] = std::move(endpoint);
  }
  void at(const std::string& subscription, const std::string& uri,
          std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    broker::Endpoint endpoint;
    endpoint.uri = uri;
    endpoint.timeout = timeout;
    at(subscription, std::move(endpoint));
  }
  void remove(const std::string& subscription) {
    const std::lock_guard lock(mutex_);
    endpoints_.erase(subscription);
  }
  void nothing_to_say(std::uint64_t row) {
    const std::lock_guard lock(mutex_);
    silent_.insert(row);
  }

  broker::Notice notice(std::uint64_t row, const std::string& subscription, const std::string& entity = "urn:e:1") {
    broker::Notice notice;
    notice.row = row;
    notice.due = now();
    notice.subscription = pointer(subscription);
    ngsi::Entity e;
    e.id = entity;
    e.types = {ngsi::core_context()->intern("T")};
    store::EntityChange change;
    change.after = *ngsi::encode(e);
    notice.changes.push_back(std::move(change));
    return notice;
  }

  /// Waits until `true_now` holds for the events so far.
  void wait(const std::function<bool(const std::vector<Event>&)>& true_now) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return true_now(events_); });
  }
  void wait_for(const std::string& what, std::size_t times = 1) {
    wait([&](const auto& events) { return count(events, what) >= times; });
  }
  std::vector<Event> events(const std::string& what) {
    const std::lock_guard lock(mutex_);
    std::vector<Event> out;
    for (const Event& event : events_)
      if (event.what == what) out.push_back(event);
    return out;
  }
  static std::size_t count(const std::vector<Event>& events, const std::string& what) {
    std::size_t n = 0;
    for (const Event& event : events) n += event.what == what ? 1 : 0;
    return n;
  }

  std::optional<broker::Endpoint> endpoint(const broker::Notice& notice) const override {
    const std::lock_guard lock(mutex_);
    const auto found = endpoints_.find(name(notice));
    return found == endpoints_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<broker::Message> render(const broker::Notice& notice) const override {
    const std::lock_guard lock(mutex_);
    if (silent_.contains(notice.row)) return std::nullopt;
    broker::Message message;
    message.content_type = "application/json";
    message.headers = {{"Idempotency-Key", std::to_string(notice.row) + "-" + std::to_string(notice.part)},
                       {"X-Bad", "a\r\nX-Injected: b"},
                       {"Host", "elsewhere"}};
    message.body = std::to_string(notice.row);
    return message;
  }
  void attempt_begins(const broker::Notice& notice) override {
    say({"begins", notice.row, notice.attempts, "", false});
  }
  void attempt_ended(const broker::Notice& notice, const broker::Attempt& attempt) override {
    say({"ended", notice.row, notice.attempts, attempt.reason, attempt.delivered});
  }
  void settled(const broker::Notice& notice) override { say({"settled", notice.row, notice.attempts, "", false}); }
  void gave_up(const broker::Notice& notice, const std::string& reason) override {
    say({"gave up", notice.row, notice.attempts, reason, false});
  }
  std::vector<broker::DeadLetter> dead_letters(const broker::NoticeFilter&, std::size_t) const override { return {}; }
  Result<std::size_t> retry(const broker::NoticeFilter&) override { return std::size_t{0}; }
  Result<std::size_t> drop(const broker::NoticeFilter&) override { return std::size_t{0}; }
  broker::DeadLetter describe(const broker::Notice& notice) const override {
    broker::DeadLetter letter;
    letter.row = notice.row;
    letter.part = notice.part;
    letter.subscription = name(notice);
    letter.due = notice.due;
    letter.attempts = notice.attempts;
    for (const auto& change : notice.changes) letter.entities.emplace_back(change.after->id());
    if (const auto where = endpoint(notice)) letter.uri = where->uri;
    return letter;
  }

 private:
  // A subscription is nothing but its name here.
  static const std::string& name(const broker::Notice& notice) {
    return *reinterpret_cast<const std::string*>(notice.subscription.get());
  }
  broker::SubscriptionPtr pointer(const std::string& subscription) {
    const std::lock_guard lock(mutex_);
    auto& text = names_[subscription];
    if (!text) text = std::make_shared<std::string>(subscription);
    return broker::SubscriptionPtr(text, reinterpret_cast<const broker::Subscription*>(text.get()));
  }
  void say(Event event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  std::map<std::string, broker::Endpoint> endpoints_;
  std::map<std::string, std::shared_ptr<std::string>> names_;
  std::set<std::uint64_t> silent_;
};

}  // namespace tsunagu::gateway::notify
