// Delivers notifications (clauses 5.8.6, 6.3.8, 7.2): over HTTP, HTTPS and MQTT, in order per entity, again and again
// until they arrive, are refused for good or are too old. An endpoint that does not answer costs the others nothing.
//
// Delivery is at least once: a notice is settled only after the other side has answered, so one whose answer was lost
// is sent again, with the same Idempotency-Key.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/metrics.h"
#include "broker/subscriptions/notice.h"
#include "gateway/http/address_rules.h"
#include "gateway/notify/endpoint_queue.h"
#include "gateway/notify/resolver.h"

namespace tsunagu::gateway {

struct NotifyOptions {
  unsigned threads = 1;  ///< each serves its share of the endpoints; one delivers about 20,000 notices/s
  std::chrono::seconds retry_for{24 * 3600};          ///< after this long a notice is given up
  std::chrono::milliseconds longest_timeout{60'000};  ///< an endpoint may not ask for more
  std::size_t connections = 8;                        ///< to one http endpoint
  /// Notices waiting for one endpoint; the oldest are given up beyond. They stay in the outbox as dead letters.
  std::size_t max_waiting = 100'000;
  /// About what the waiting notices of a thread may keep in memory; beyond it the longest queue loses its oldest.
  std::size_t max_waiting_bytes = 512u << 20;
  notify::BackOff back_off;
  std::string ca_file;                       ///< certificates (PEM) trusted besides the system's
  MetricRegistry* metrics = nullptr;         ///< outlives the notifier
  notify::LookUp look_up = notify::look_up;  ///< names to addresses
  AddressRules rules;                        ///< where to connect; elsewhere: given up at once
};

/// A circuit that is open: an endpoint that failed several times in a row and is tried from time to time only.
struct OpenCircuit {
  std::string uri;
  std::string reason;     ///< of the last failure
  unsigned failures = 0;  ///< in a row
  std::size_t waiting = 0;
  Instant next_attempt;  ///< may have passed: an attempt is under way
};

class Notifier final : public broker::NoticeSink {
 public:
  /// `source` outlives the notifier. InvalidRequest when options.ca_file cannot be read.
  static Result<std::unique_ptr<Notifier>> start(NotifyOptions options, broker::NoticeSource& source);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Thread-safe; costs a lock and a wake-up. After stop() nothing happens: the outbox keeps them.
  void deliver(std::vector<broker::Notice> notices) override;
  /// No attempt begins any more; those under way have `grace` to end. What waits stays in the outbox. Once.
  void stop(std::chrono::milliseconds grace);

  // For operators. From any thread; `done` is called once, on a thread of the notifier, or at once after stop();
  // dropped when stop() comes in between. Its
  // argument is what the notifier itself holds; dead letters are with the NoticeSource.
  /// Notices that wait or are under way, at most `limit`.
  void waiting(broker::NoticeFilter filter, std::size_t limit,
               std::function<void(std::vector<broker::DeadLetter>)> done);
  void open_circuits(std::size_t limit, std::function<void(std::vector<OpenCircuit>)> done);
  /// Tries the endpoints of the waiting notices that match at once, whatever their pauses. Tells how many notices.
  void retry(broker::NoticeFilter filter, std::function<void(std::size_t)> done);
  /// Settles waiting notices that match; those under way are left alone. Tells how many.
  void drop(broker::NoticeFilter filter, std::function<void(std::size_t)> done);

 private:
  struct State;
  explicit Notifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Does `notice`, described by `letter`, match?
bool matches(const broker::NoticeFilter& filter, const broker::DeadLetter& letter);

}  // namespace tsunagu::gateway
