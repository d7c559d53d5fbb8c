// Who must be told of what: watches the store, writes every notice that is due into the outbox with the change itself,
// hands it to the sink, and forgets it when the sink is done with it (clause 5.8.6). docs/subscriptions.md says what is
// promised.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/broker.h"
#include "broker/subscriptions/notice.h"
#include "broker/subscriptions/outbox_row.h"
#include "broker/subscriptions/subscriptions.h"
#include "broker/subscriptions/timer.h"
#include "trust/audit/record.h"
#include "trust/authority.h"

namespace tsunagu::broker {

struct NoticeOptions {
  std::chrono::milliseconds settle{100};           ///< what is settled is written at most this much later
  std::chrono::milliseconds figures{2000};         ///< so are the figures of subscriptions …
  std::chrono::milliseconds tidy{10'000};          ///< … and rows of which some parts are still open
  std::chrono::milliseconds least_interval{1000};  ///< a smaller timeInterval counts as this
  std::size_t dead_letters = 100'000;              ///< kept; beyond, the oldest is forgotten
  /// May whoever subscribed still come? When not, nothing is told. Quick; without one: yes.
  std::function<bool(const trust::Subject&)> in_force;
};

/// Thread-safe. `subscriptions` listens to this from the constructor on.
class Notices final : public store::Watcher, public NoticeSource {
 public:
  /// `authority` says what may be told, when a change happens and again when it is told; `auditor` is told what was.
  Notices(store::Store& store, Subscriptions& subscriptions, const trust::Authority& authority, trust::Auditor& auditor,
          NoticeOptions options = {});
  ~Notices() override;

  /// Delivers what the outbox still has, then whatever comes. `sink` outlives stop(). Once, after
  /// Subscriptions::load().
  void start(NoticeSink& sink);
  /// Writes what is settled and the figures; the store must still take writes. The sink must call no more.
  void stop();

  void due(std::span<const store::EntityChange> changes, std::vector<std::string>& outbox) override;
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes,
                 std::uint64_t first_row) override;
  void failed() override;

  std::optional<Endpoint> endpoint(const Notice& notice) const override;
  std::optional<Message> render(const Notice& notice) const override;
  void attempt_begins(const Notice& notice) override;
  void attempt_ended(const Notice& notice, const Attempt& attempt) override;
  void settled(const Notice& notice) override;
  void gave_up(const Notice& notice, const std::string& reason) override;
  std::vector<DeadLetter> dead_letters(const NoticeFilter& filter, std::size_t limit) const override;
  Result<std::size_t> retry(const NoticeFilter& filter) override;
  Result<std::size_t> drop(const NoticeFilter& filter) override;
  DeadLetter describe(const Notice& notice) const override;

 private:
  struct Part {
    enum class State : std::uint8_t { kDue, kDead, kSettled };
    std::uint32_t number = 0;
    State state = State::kDue;
    std::uint32_t attempts = 0;
    Instant gave_up;
    std::string reason;
    SubscriptionPtr subscription;
  };
  struct Row {
    store::EntityChange change;
    std::vector<Part> parts;  ///< by number
    std::uint32_t open = 0;   ///< due or dead
    bool behind = false;      ///< the store has parts that are settled
  };
  struct Place {
    std::uint64_t row = 0;
    std::uint32_t part = 0;
    auto operator<=>(const Place&) const = default;
  };
  /// What one throttled subscription has to wait with.
  struct Window {
    SubscriptionPtr subscription;
    Instant until;
    struct Held {
      Place place;
      store::EntityChange change;
    };
    std::vector<Held> held;  ///< one for each entity, in the order of their changes
  };
  struct Due {
    std::size_t change = 0;
    std::vector<SubscriptionPtr> subscriptions;
  };

  void load_outbox(std::vector<Notice>& notices);
  void enter(std::uint64_t number, Row row, std::vector<Notice>& notices);
  bool hold(const Notice& notice);
  void release(const std::shared_ptr<Account>& account);
  Notice release_held(Window& window);
  void deliver(std::vector<Notice> notices);
  void listen(const SubscriptionPtr& before, const SubscriptionPtr& after);
  void plan_interval(const SubscriptionPtr& subscription);
  void tell_all(const SubscriptionPtr& subscription);
  std::vector<ngsi::RecordPtr> subscribed_entities(const Subscription& subscription) const;

  Part* find(Place place, Row*& row);
  void settle(Place place);
  void settle_with_followers(const Notice& notice);
  void forget_oldest();
  void bury(Place place, std::uint32_t attempts, const std::string& reason);
  void close(std::uint64_t number, Row& row);
  void write_soon();
  void write_outbox();
  void tidy();
  OutboxBody remaining(const Row& row) const;
  DeadLetter letter(std::uint64_t number, const Row& row, const Part& part) const;
  template <class F>
  void each_dead(const NoticeFilter& filter, F&& f) const;

  /// Does the change concern the subscription by what its owner may be told?
  bool in_force(const Owner& owner) const;
  bool may_tell(const Subscription& subscription, const store::EntityChange& change) const;
  void write_down(const Subscription& subscription, const std::vector<store::EntityChange>& told) const;

  store::Store& store_;
  Subscriptions& subscriptions_;
  const trust::Authority& authority_;
  trust::Auditor& auditor_;
  const NoticeOptions options_;
  NoticeSink* sink_ = nullptr;
  std::vector<Due> due_;  ///< of the group being written; the writer's own

  std::mutex order_mutex_;  ///< held while notices are put in order and handed over; taken before mutex_
  bool loaded_ = false;

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Row> rows_;
  std::set<Place> dead_;         ///< parts that are dead letters
  std::uint64_t forgotten_ = 0;  ///< dead letters, since the start
  std::unordered_map<const Account*, Window> windows_;
  std::map<Place, std::vector<Place>> followers_;              ///< told together with the notice of the key
  std::unordered_map<const Account*, std::size_t> under_way_;  ///< notices of timeInterval
  std::unordered_set<std::uint64_t> gone_, changed_;           ///< rows to be removed, to be rewritten
  bool write_planned_ = false;
  std::atomic<bool> stopping_ = false;

  std::atomic<std::uint32_t> told_all_{0};
  Timer housekeeping_, intervals_;
};

}  // namespace tsunagu::broker
