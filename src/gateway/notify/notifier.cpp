#include "gateway/notify/notifier.h"

#include <algorithm>
#include <thread>
#include <tuple>

#include "gateway/notify/worker.h"

namespace tsunagu::gateway {

struct Notifier::State {
  State(NotifyOptions options, broker::NoticeSource& source)
      : own_metrics(options.metrics == nullptr ? std::make_unique<MetricRegistry>() : nullptr),
        shared{options, source, notify::Metrics(own_metrics ? *own_metrics : *options.metrics), {}} {}

  // Runs `visit` on every worker in turn, then `done` with what they put together.
  template <class T, class Visit, class Done>
  void on_all(std::size_t number, T gathered, Visit visit, Done done) {
    if (number == shared.workers.size()) return done(std::move(gathered));
    const auto box =
        std::make_shared<std::tuple<T, Visit, Done>>(std::move(gathered), std::move(visit), std::move(done));
    const auto go = [this, number, box] {
      auto& [so_far, see, finish] = *box;
      see(*shared.workers[number], so_far);
      on_all(number + 1, std::move(so_far), std::move(see), std::move(finish));
    };
    if (!shared.workers[number]->post(go)) std::get<2> (*box)(std::move(std::get<0>(*box)));
  }

  std::unique_ptr<MetricRegistry> own_metrics;  // when nobody wants them
  notify::Shared shared;
};

bool matches(const broker::NoticeFilter& filter, const broker::DeadLetter& letter) {
  return (!filter.tenant || *filter.tenant == letter.tenant) &&
         (!filter.subscription || *filter.subscription == letter.subscription) &&
         (!filter.uri || *filter.uri == letter.uri) && (!filter.row || *filter.row == letter.row) &&
         (!filter.part || *filter.part == letter.part);
}

Result<std::unique_ptr<Notifier>> Notifier::start(NotifyOptions options, broker::NoticeSource& source) {
  auto state = std::make_unique<State>(std::move(options), source);
  const NotifyOptions& given = state->shared.options;
  for (std::size_t i = 0; i < std::max(1u, given.threads); ++i) {
    auto tls = notify::make_client_context(given.ca_file);
    if (!tls) return tl::unexpected(tls.error());
    state->shared.workers.push_back(std::make_unique<notify::Worker>(state->shared, i, std::move(*tls)));
  }
  for (const auto& worker : state->shared.workers) worker->start();
  return std::unique_ptr<Notifier>(new Notifier(std::move(state)));
}

Notifier::Notifier(std::unique_ptr<State> state) : state_(std::move(state)) {}

Notifier::~Notifier() {
  stop(std::chrono::milliseconds(0));
}

void Notifier::deliver(std::vector<broker::Notice> notices) {
  if (!notices.empty()) state_->shared.workers.front()->deliver(std::move(notices));
}

void Notifier::stop(std::chrono::milliseconds grace) {
  std::vector<std::thread> stops;
  for (const auto& worker : state_->shared.workers) stops.emplace_back([&worker, grace] { worker->stop(grace); });
  for (std::thread& thread : stops) thread.join();
}

void Notifier::waiting(broker::NoticeFilter filter, std::size_t limit,
                       std::function<void(std::vector<broker::DeadLetter>)> done) {
  state_->on_all(
      0, std::vector<broker::DeadLetter>(),
      [filter = std::move(filter), limit](notify::Worker& worker, std::vector<broker::DeadLetter>& out) {
        worker.waiting(filter, limit, out);
      },
      std::move(done));
}

void Notifier::open_circuits(std::size_t limit, std::function<void(std::vector<OpenCircuit>)> done) {
  state_->on_all(
      0, std::vector<OpenCircuit>(),
      [limit](notify::Worker& worker, std::vector<OpenCircuit>& out) { worker.open_circuits(limit, out); },
      std::move(done));
}

void Notifier::retry(broker::NoticeFilter filter, std::function<void(std::size_t)> done) {
  state_->on_all(
      0, std::size_t{0},
      [filter = std::move(filter)](notify::Worker& worker, std::size_t& n) { n += worker.retry(filter); },
      std::move(done));
}

void Notifier::drop(broker::NoticeFilter filter, std::function<void(std::size_t)> done) {
  state_->on_all(
      0, std::size_t{0},
      [filter = std::move(filter)](notify::Worker& worker, std::size_t& n) { n += worker.drop(filter); },
      std::move(done));
}

}  // namespace tsunagu::gateway
