#include "gateway/notify/worker.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>

#include "base/hash.h"

namespace tsunagu::gateway::notify {
namespace {

constexpr std::chrono::minutes kSweepPeriod{1};
constexpr std::size_t kMqttUnderWay = 64;

}  // namespace

Metrics::Metrics(MetricRegistry& registry)
    : sent_http(registry.counter({"tsunagu_notices_sent", "Notices delivered"}, {{"binding", "http"}})),
      sent_mqtt(registry.counter({"tsunagu_notices_sent", "Notices delivered"}, {{"binding", "mqtt"}})),
      failed_http(registry.counter({"tsunagu_notice_failures", "Attempts that failed"}, {{"binding", "http"}})),
      failed_mqtt(registry.counter({"tsunagu_notice_failures", "Attempts that failed"}, {{"binding", "mqtt"}})),
      given_up(registry.counter({"tsunagu_notices_given_up", "Notices that became dead letters"})),
      waiting(registry.gauge({"tsunagu_notices_waiting", "Notices that wait or are under way"})),
      open_circuits(
          registry.gauge({"tsunagu_notice_open_circuits", "Endpoints that are tried from time to time only"})),
      delivery_seconds(registry.histogram({"tsunagu_notice_delivery_seconds", "From the change to its delivery"})) {}

Worker::Line::Line(const broker::Endpoint& endpoint, const NotifyOptions& options)
    : queue(endpoint, options.back_off, endpoint.uri.starts_with("mqtt") ? kMqttUnderWay : options.connections),
      target(parse_target(endpoint.uri)) {}

std::size_t Worker::EndpointHash::operator()(const broker::Endpoint& endpoint) const {
  return hash64(endpoint.uri);
}

Worker::Worker(Shared& shared, std::size_t number, SslContextPtr tls)
    : shared_(shared),
      number_(number),
      guard_(io_.get_executor()),
      timer_(io_),
      resolver_(io_, shared.options.look_up),
      http_(io_, resolver_, std::move(tls), shared.options.rules),
      mqtt_(io_, shared.options.ca_file, shared.options.rules),
      swept_(Clock::now()) {}

Worker::~Worker() = default;

void Worker::start() {
  thread_ = std::thread([this] {
    // A peer that has gone is an error of the write, also within TLS.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    io_.run();
    http_.close();
    mqtt_.close();
  });
}

void Worker::deliver(std::vector<broker::Notice> notices) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (inbox_.empty())
    inbox_ = std::move(notices);
  else
    inbox_.insert(inbox_.end(), std::make_move_iterator(notices.begin()), std::make_move_iterator(notices.end()));
  if (!std::exchange(awake_, true)) boost::asio::post(io_, [this] { drain(); });
}

bool Worker::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  boost::asio::post(io_, std::move(work));
  return true;
}

void Worker::stop(std::chrono::milliseconds grace) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
  }
  boost::asio::post(io_, [this, grace] {
    stopping_ = true;
    accepted_.clear();
    timer_.cancel();
    armed_ = kNever;
    const auto last = std::make_shared<boost::asio::steady_timer>(io_, grace);
    last->async_wait([this, last](const boost::system::error_code&) { io_.stop(); });
    schedule();
    end_if_idle();
  });
  thread_.join();
}

void Worker::end_if_idle() {
  if (stopping_ && under_way_ == 0) io_.stop();
}

double Worker::chance() {
  return static_cast<double>(random_() - decltype(random_)::min()) /
         (static_cast<double>(decltype(random_)::max()) - static_cast<double>(decltype(random_)::min()) + 1);
}

void Worker::count(std::ptrdiff_t notices, std::ptrdiff_t bytes) {
  bytes_ += static_cast<std::size_t>(bytes);
  shared_.metrics.waiting.add(static_cast<double>(notices));
}

void Worker::drain() {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    if (accepted_.empty()) {
      accepted_.assign(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(inbox_.end()));
      inbox_.clear();
    }
    awake_ = accepted_.size() > kSlice;
    more = awake_;
  }
  if (stopping_) return accepted_.clear();
  for (std::size_t i = 0; i < kSlice && !accepted_.empty(); ++i) {
    broker::Notice notice = std::move(accepted_.front());
    accepted_.pop_front();
    accept(std::move(notice));
  }
  if (!more) {
    const std::lock_guard lock(mutex_);
    more = !inbox_.empty() && !std::exchange(awake_, true);
  }
  if (more) boost::asio::post(io_, [this] { drain(); });
  schedule();
}

std::size_t Worker::owner_of(const broker::Endpoint& endpoint) const {
  return hash64(endpoint.uri, 1) % shared_.workers.size();
}

void Worker::settled(const broker::Notice& notice) {
  shared_.source.settled(notice);
}

void Worker::accept(broker::Notice notice) {
  const auto endpoint = shared_.source.endpoint(notice);
  if (!endpoint) return settled(notice);
  if (const std::size_t owner = owner_of(*endpoint); owner != number_) {
    std::vector<broker::Notice> one;
    one.push_back(std::move(notice));
    return shared_.workers[owner]->deliver(std::move(one));
  }
  enqueue(*endpoint, std::move(notice));
}

Worker::Line& Worker::line_of(const broker::Endpoint& endpoint) {
  const auto found = lines_.find(endpoint);
  if (found != lines_.end()) return *found->second;
  return *lines_.emplace(endpoint, std::make_unique<Line>(endpoint, shared_.options)).first->second;
}

void Worker::enqueue(const broker::Endpoint& endpoint, broker::Notice notice) {
  Line& line = line_of(endpoint);
  const std::size_t before = line.queue.bytes();
  line.queue.add(std::move(notice));
  count(1, static_cast<std::ptrdiff_t>(line.queue.bytes() - before));
  hold_bounds(line);
  pump(line);
}

void Worker::hold_bounds(Line& line) {
  const NotifyOptions& options = shared_.options;
  if (line.queue.size() > options.max_waiting)
    give_up(line.queue.remove_oldest(),
            fmt::format("more than {} notices wait for this endpoint", options.max_waiting));
  while (bytes_ > options.max_waiting_bytes) {
    const auto longest = std::max_element(lines_.begin(), lines_.end(), [](const auto& a, const auto& b) {
      return a.second->queue.bytes() < b.second->queue.bytes();
    });
    EndpointQueue& queue = longest->second->queue;
    // Some at once, so that the search for the longest is rare.
    const std::size_t some = std::max<std::size_t>(1, queue.size() / 64);
    bool removed = false;
    for (std::size_t i = 0; i < some; ++i) {
      Items oldest = queue.remove_oldest();
      if (oldest.empty()) break;
      removed = true;
      give_up(std::move(oldest), "too much waits for endpoints that do not answer");
    }
    if (!removed) return;
  }
}

void Worker::give_up(Items items, const std::string& reason) {
  for (const EndpointQueue::Item& item : items) {
    count(-1, -static_cast<std::ptrdiff_t>(item.bytes));
    shared_.metrics.given_up.add();
    shared_.source.gave_up(item.notice,
                           item.reason.empty() ? reason : fmt::format("{}; last: {}", reason, item.reason));
  }
}

void Worker::pump(Line& line) {
  if (!stopping_) {
    const TimePoint now = Clock::now();
    while (EndpointQueue::Item* item = line.queue.next(now)) begin(line, *item, now);
  }
  after(line);
}

void Worker::begin(Line& line, EndpointQueue::Item& item, TimePoint now) {
  broker::NoticeSource& source = shared_.source;
  const auto remove = [&] {
    count(-1, -static_cast<std::ptrdiff_t>(item.bytes));
    return line.queue.take(item);
  };
  const auto endpoint = source.endpoint(item.notice);
  if (!endpoint) {
    settled(remove());
    return;
  }
  if (*endpoint != line.queue.endpoint()) {  // the subscription was changed meanwhile
    deliver({remove()});
    return;
  }
  std::optional<broker::Message> message = source.render(item.notice);
  if (!message) {
    settled(remove());
    return;
  }
  ++item.notice.attempts;
  source.attempt_begins(item.notice);
  if (!line.target) {
    const broker::Attempt refused{false, false, line.target.error().detail};
    source.attempt_ended(item.notice, refused);
    source.gave_up(item.notice, refused.reason);
    shared_.metrics.given_up.add();
    count(-1, -static_cast<std::ptrdiff_t>(item.bytes));
    line.queue.answered(item, true, now);
    return;
  }
  ++under_way_;
  Sending sending;
  sending.endpoint = &line.queue.endpoint();
  sending.target = &*line.target;
  sending.message = std::move(*message);
  sending.timeout =
      std::clamp<Clock::duration>(endpoint->timeout, std::chrono::milliseconds(1), shared_.options.longest_timeout);
  sending.done = [this, &line, &item](const broker::Attempt& attempt) { ended(line, item, attempt); };
  Sender& sender = line.target->mqtt ? static_cast<Sender&>(mqtt_) : http_;
  sender.send(std::move(sending));
}

void Worker::ended(Line& line, EndpointQueue::Item& item, const broker::Attempt& attempt) {
  --under_way_;
  Metrics& metrics = shared_.metrics;
  const bool mqtt = line.target->mqtt;
  shared_.source.attempt_ended(item.notice, attempt);
  const TimePoint now = Clock::now();
  const Instant wall = tsunagu::now();
  const double age = static_cast<double>(wall.us - item.notice.due.us) / 1e6;
  const bool too_old = age >= static_cast<double>(shared_.options.retry_for.count());
  if (attempt.delivered) {
    (mqtt ? metrics.sent_mqtt : metrics.sent_http).add();
    metrics.delivery_seconds.observe(age);
    const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(item.bytes);
    settled(item.notice);
    line.queue.answered(item, false, now);
    count(-1, -bytes);
  } else {
    (mqtt ? metrics.failed_mqtt : metrics.failed_http).add();
    if (attempt.worth_repeating) {
      line.queue.failed(item, now, chance(), attempt.reason);
      if (too_old)
        give_up(line.queue.remove_if([&](const EndpointQueue::Item& one) { return &one == &item; }), "it is too old");
    } else {
      metrics.given_up.add();
      shared_.source.gave_up(item.notice, attempt.reason);
      const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(item.bytes);
      line.queue.answered(item, true, now);
      count(-1, -bytes);
    }
  }
  pump(line);
  schedule();
  end_if_idle();
}

// Keeps wakes_ and the count of open circuits what they should be.
void Worker::after(Line& line) {
  const TimePoint wake = stopping_ ? kNever : line.queue.wake(Clock::now());
  if (wake != line.wake) {
    if (line.wake != kNever) wakes_.erase({line.wake, &line});
    if (wake != kNever) wakes_.insert({wake, &line});
    line.wake = wake;
  }
  if (const bool open = line.queue.breaker().open(); open != line.counted_open) {
    line.counted_open = open;
    shared_.metrics.open_circuits.add(open ? 1 : -1);
  }
}

void Worker::schedule() {
  const TimePoint now = Clock::now();
  TimePoint next =
      now + (http_.busy() || mqtt_.busy() ? Clock::duration(kTick) : Clock::duration(std::chrono::seconds(1)));
  if (!http_.busy() && !mqtt_.busy() && lines_.empty()) next = kNever;
  if (!wakes_.empty()) next = std::min(next, std::max(wakes_.begin()->first, now));
  if (next >= armed_) return;
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) tick();
  });
}

void Worker::tick() {
  armed_ = kNever;
  const TimePoint now = Clock::now();
  http_.tick(now);
  mqtt_.tick(now);
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    Line& line = *wakes_.begin()->second;
    wakes_.erase(wakes_.begin());
    line.wake = kNever;
    pump(line);
  }
  if (now - swept_ >= kSweepPeriod) sweep(now);
  schedule();
}

// Gives up what has become too old and forgets endpoints nothing waits for.
void Worker::sweep(TimePoint now) {
  swept_ = now;
  const Instant oldest{tsunagu::now().us -
                       std::chrono::duration_cast<std::chrono::microseconds>(shared_.options.retry_for).count()};
  for (auto one = lines_.begin(); one != lines_.end();) {
    Line& line = *one->second;
    give_up(line.queue.remove_older(oldest), "it is too old");
    after(line);
    const bool of_use = line.queue.size() > 0 || line.queue.breaker().next() > now;
    if (of_use) {
      ++one;
      continue;
    }
    if (line.counted_open) shared_.metrics.open_circuits.add(-1);
    one = lines_.erase(one);
  }
}

void Worker::waiting(const broker::NoticeFilter& filter, std::size_t limit,
                     std::vector<broker::DeadLetter>& out) const {
  for (const auto& [endpoint, line] : lines_) {
    if (out.size() >= limit) return;
    if (filter.uri && *filter.uri != endpoint.uri) continue;
    line->queue.for_each([&](const EndpointQueue::Item& item) {
      if (filter.row && *filter.row != item.notice.row) return true;
      broker::DeadLetter letter = shared_.source.describe(item.notice);
      letter.reason = item.reason;
      if (matches(filter, letter)) out.push_back(std::move(letter));
      return out.size() < limit;
    });
  }
}

void Worker::open_circuits(std::size_t limit, std::vector<OpenCircuit>& out) const {
  const TimePoint now = Clock::now();
  for (const auto& [endpoint, line] : lines_) {
    if (out.size() >= limit) return;
    const Breaker& breaker = line->queue.breaker();
    if (!breaker.open()) continue;
    OpenCircuit circuit{endpoint.uri, line->queue.last_failure(), breaker.failures(), line->queue.size(),
                        tsunagu::now()};
    if (const TimePoint next = breaker.next(); next != kNever && next > now)
      circuit.next_attempt.us += std::chrono::duration_cast<std::chrono::microseconds>(next - now).count();
    out.push_back(std::move(circuit));
  }
}

std::size_t Worker::retry(const broker::NoticeFilter& filter) {
  std::size_t notices = 0;
  for (auto& [endpoint, line] : lines_) {
    if (filter.uri && *filter.uri != endpoint.uri) continue;
    std::size_t here = 0;
    line->queue.for_each([&](const EndpointQueue::Item& item) {
      here += matches(filter, shared_.source.describe(item.notice)) ? 1 : 0;
      return true;
    });
    if (here == 0) continue;
    notices += here;
    line->queue.retry_now();
    pump(*line);
  }
  schedule();
  return notices;
}

std::size_t Worker::drop(const broker::NoticeFilter& filter) {
  std::size_t notices = 0;
  for (auto& [endpoint, line] : lines_) {
    if (filter.uri && *filter.uri != endpoint.uri) continue;
    const Items dropped = line->queue.remove_if(
        [&](const EndpointQueue::Item& item) { return matches(filter, shared_.source.describe(item.notice)); });
    for (const EndpointQueue::Item& item : dropped) {
      count(-1, -static_cast<std::ptrdiff_t>(item.bytes));
      settled(item.notice);
    }
    notices += dropped.size();
    after(*line);
  }
  schedule();
  return notices;
}

}  // namespace tsunagu::gateway::notify
