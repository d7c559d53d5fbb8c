#include "things/intake.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "ngsi/body.h"
#include "ngsi/context.h"
#include "things/device_entity.h"
#include "things/message_read.h"
#include "things/network.h"
#include "things/observation_write.h"

namespace tsunagu::things {
namespace {

constexpr std::size_t kMostTracks = 500;

/// What a message waits for: its parts in the lanes.
struct Ticket {
  std::atomic<std::size_t> open{1};  // the one that gives it out
  std::mutex mutex;
  Taken taken;
  std::optional<Error> error;
  Intake::Done done;
  std::size_t readings = 0;

  void reject(std::uint64_t readings_lost, std::string_view why) {
    const std::lock_guard lock(mutex);
    taken.rejected += readings_lost;
    if (taken.first_fault.empty()) taken.first_fault = why;
  }
};

/// Readings of one device in a part.
struct Run {
  DevicePtr device;
  std::uint32_t first = 0, count = 0;
  std::size_t into[2] = {};  // its Observations, plus one; [1]: those of the device itself
};
struct Part {
  std::shared_ptr<Ticket> ticket;
  Instant arrived;
  std::vector<Run> runs;
  std::vector<Point> points;
};

/// A run, in the order in which runs are judged.
struct Turn {
  const Live* live;
  Instant at;
  std::uint32_t part, run;
  auto operator<=>(const Turn&) const = default;
};

bool may_succeed_later(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kStorageFull || code == ErrorCode::kReadOnly ||
         code == ErrorCode::kInternalError;
}

}  // namespace

struct Intake::State {
  struct Lane {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Part> waiting;
    std::thread thread;
  };

  State(store::Store& s, Registry& r, Options o) : store(s), registry(r), options(std::move(o)), lanes(options.lanes) {
    if (options.metrics != nullptr) {
      const MetricDescription what{"tsunagu_things_observations", "Readings of devices, by what became of them"};
      accepted = &options.metrics->counter(what, {{"outcome", "accepted"}});
      duplicates = &options.metrics->counter(what, {{"outcome", "duplicate"}});
      rejected = &options.metrics->counter(what, {{"outcome", "rejected"}});
    }
    for (Lane& lane : lanes) lane.thread = std::thread([this, &lane] { work(lane); });
  }

  void settle(const std::shared_ptr<Ticket>& ticket) {
    if (ticket->open.fetch_sub(1) != 1) return;
    waiting -= ticket->readings;
    if (accepted != nullptr) {
      accepted->add(ticket->error ? 0 : ticket->taken.accepted);
      duplicates->add(ticket->taken.duplicates);
      rejected->add(ticket->taken.rejected);
    }
    if (ticket->error) return ticket->done(tl::unexpected(std::move(*ticket->error)));
    ticket->done(std::move(ticket->taken));
  }

  void work(Lane& lane) {
    for (;;) {
      std::vector<Part> parts;
      {
        std::unique_lock lock(lane.mutex);
        lane.wake.wait(lock, [&] { return stopping.load() || !lane.waiting.empty(); });
        if (lane.waiting.empty()) return;
        for (std::size_t points = 0; !lane.waiting.empty() && points < options.max_batch;) {
          points += lane.waiting.front().points.size();
          parts.push_back(std::move(lane.waiting.front()));
          lane.waiting.pop_front();
        }
      }
      process(parts);
    }
  }

  void process(std::vector<Part>& parts);
  void judge_device(std::span<const Turn> turns, std::vector<Part>& parts, std::vector<Observations>& all,
                    std::vector<Taken>& taken);
  Result<void> settle_late(std::vector<Observations>& all, std::vector<Taken>& taken);

  store::Store& store;
  Registry& registry;
  const Options options;
  std::vector<Lane> lanes;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> waiting = 0;
  Counter *accepted = nullptr, *duplicates = nullptr, *rejected = nullptr;
};

/// Everything that one device says in a batch.
void Intake::State::judge_device(std::span<const Turn> turns, std::vector<Part>& parts, std::vector<Observations>& all,
                                 std::vector<Taken>& taken) {
  const DevicePtr& device = parts[turns.front().part].runs[turns.front().run].device;
  Live& live = *device->live;
  const std::lock_guard lock(live.mutex);
  std::size_t places[2] = {}, points = 0;  // in `all`, plus one
  for (const Turn& turn : turns) points += parts[turn.part].runs[turn.run].count;
  std::int64_t newest = live.observed_us, arrived = live.arrived_us;
  const std::int64_t written = live.written_us;
  const auto track_of = [&](Observations& into, ngsi::TermId attribute) -> Track* {
    for (Track& track : live.tracks)
      if (track.attribute == attribute) return &track;
    if (live.tracks.size() >= kMostTracks) return nullptr;
    Track& track = live.tracks.emplace_back();
    track.attribute = attribute;
    if (!into.looked) {
      into.before = store.find(device->group->tenant, into.target());
      into.looked = true;
    }
    if (into.before) {
      if (const auto last = into.before->find(attribute); last.data() != nullptr) {
        if (const auto had = last.parts(); had.observed_at != kNoInstant)
          begin_track(track, had.value, had.observed_at);
      }
    }
    return &track;
  };
  for (const Turn& turn : turns) {
    Part& part = parts[turn.part];
    Run& run = part.runs[turn.run];
    Taken& its = taken[turn.part];
    arrived = std::max(arrived, part.arrived.us);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      Point& point = part.points[i];
      std::size_t& place = places[point.own ? 1 : 0];
      if (place == 0) {
        Observations& made = all.emplace_back();
        made.device = device;
        made.own = point.own;
        if (points > 1) made.past.reserve(points);
        place = all.size();
      }
      run.into[point.own ? 1 : 0] = place;
      Observations& into = all[place - 1];
      Track* const track = track_of(into, point.attribute);
      if (track == nullptr) {
        ++its.rejected;
        if (its.first_fault.empty()) its.first_fault = "the device reports more than 500 different things";
        continue;
      }
      const Verdict verdict = judge(point, *track, part.arrived, device->simulated, part.arrived.us < written);
      if (verdict == Verdict::kDuplicate) {
        ++its.duplicates;
        continue;
      }
      ++its.accepted;
      newest = std::max(newest, point.at.us);
      into.add(std::move(point), verdict, turn.part);
    }
  }
  live.observed_us = newest;
  live.arrived_us = arrived;
}

Result<void> Intake::State::settle_late(std::vector<Observations>& all, std::vector<Taken>& taken) {
  std::map<store::TenantId, std::unique_ptr<store::HistoryReader>> readers;
  for (Observations& each : all) {
    if (each.late.empty()) continue;
    std::unique_ptr<store::HistoryReader>& reader = readers[each.device->group->tenant];
    if (!reader) {
      auto opened = store.history(each.device->group->tenant);
      if (!opened) return tl::unexpected(opened.error());
      reader = std::move(*opened);
    }
    const auto known = [&taken](std::size_t part) {
      --taken[part].accepted;
      ++taken[part].duplicates;
    };
    if (auto done = drop_known(each, *reader, known); !done) return done;
  }
  return {};
}

void Intake::State::process(std::vector<Part>& parts) {
  std::vector<Observations> all;
  std::vector<Taken> taken(parts.size());
  // Device by device; what one says in the order of its time, whichever connection was quicker.
  std::vector<Turn> turns;
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    for (std::uint32_t k = 0; k < parts[i].runs.size(); ++k) {
      const Run& run = parts[i].runs[k];
      const Instant at = parts[i].points[run.first].at;
      turns.push_back({run.device->live.get(), at == kNoInstant ? parts[i].arrived : at, i, k});
    }
  }
  std::sort(turns.begin(), turns.end());
  for (std::size_t begin = 0, end = 0; begin < turns.size(); begin = end) {
    while (end < turns.size() && turns[end].live == turns[begin].live) ++end;
    judge_device(std::span(turns).subspan(begin, end - begin), parts, all, taken);
  }
  std::optional<Error> failure;
  if (auto done = settle_late(all, taken); !done) failure = done.error();
  std::vector<DevicePtr> devices;
  std::vector<std::pair<std::size_t, Status>> statuses;  // of `all`
  std::vector<store::Write> writes;
  std::vector<std::size_t> of;  // which of `all` a write is of
  for (std::size_t i = 0; i < all.size(); ++i) {
    Observations& each = all[i];
    const DevicePtr& device = devices.emplace_back(each.device);
    Live& live = *device->live;
    Status status = Status::kOnline;
    {
      const std::lock_guard lock(live.mutex);
      const bool out =
          std::any_of(live.tracks.begin(), live.tracks.end(), [](const Track& t) { return t.out_of_range; });
      if (out) status = Status::kOutOfRange;
    }
    if (device->fresh || live.status.load() != status) {
      writes.push_back(status_write(*device, status, Instant{live.arrived_us}));
      writes.push_back(service_write(*device, status, Instant{live.observed_us}, Instant{live.arrived_us}));
      statuses.emplace_back(i, status);
    }
    append_writes(writes, std::move(each));
    of.resize(writes.size(), i);
  }
  std::vector<store::Outcome> outcomes;
  if (!writes.empty() && !failure) {
    std::promise<std::vector<store::Outcome>> promise;
    store.submit(std::move(writes), [&promise](std::vector<store::Outcome> got) { promise.set_value(std::move(got)); });
    outcomes = promise.get_future().get();
  }
  std::vector<const Error*> wrong(devices.size(), nullptr);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].result) continue;
    wrong[of[i]] = &outcomes[i].result.error();
    if (may_succeed_later(outcomes[i].result.error().code)) failure = outcomes[i].result.error();
  }
  for (const auto& [i, status] : statuses) {
    if (!failure && wrong[i] == nullptr) devices[i]->live->status = status;
  }
  const std::int64_t written = options.clock().us;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!failure && wrong[i] == nullptr) {
      devices[i]->live->written_us = written;
      continue;
    }
    const std::lock_guard lock(devices[i]->live->mutex);
    devices[i]->live->tracks.clear();  // what was judged did not happen: from the graph again
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Ticket& ticket = *parts[i].ticket;
    for (const Run& run : parts[i].runs) {
      for (const std::size_t place : run.into) {
        if (failure || place == 0 || wrong[place - 1] == nullptr) continue;
        taken[i].accepted -= std::min<std::uint64_t>(taken[i].accepted, run.count);
        ticket.reject(run.count, wrong[place - 1]->detail);
      }
    }
    {
      const std::lock_guard lock(ticket.mutex);
      ticket.taken.accepted += taken[i].accepted;
      ticket.taken.duplicates += taken[i].duplicates;
      ticket.taken.rejected += taken[i].rejected;
      if (ticket.taken.first_fault.empty()) ticket.taken.first_fault = taken[i].first_fault;
      if (failure) ticket.error = failure;
    }
    settle(parts[i].ticket);
  }
}

Intake::Intake(store::Store& store, Registry& registry, Options options)
    : state_(std::make_shared<State>(store, registry, std::move(options))) {}

Intake::~Intake() {
  stop();
}

void Intake::stop() {
  if (state_->stopping.exchange(true)) return;
  for (State::Lane& lane : state_->lanes) {
    { const std::lock_guard lock(lane.mutex); }
    lane.wake.notify_all();
    lane.thread.join();
  }
}

void Intake::take(const Message& message, Done done) {
  const bool bulk = message.format == Format::kLine || message.format == Format::kNdjson;
  if (message.bytes.size() > (bulk ? kMaxBytes : kMaxOneBytes)) {
    return done(fail(ErrorCode::kContentTooLarge,
                     "the message is larger than " + std::to_string((bulk ? kMaxBytes : kMaxOneBytes) >> 20) + " MiB"));
  }
  Payload payload;
  if (auto ok = read_message(state_->registry, message, payload); !ok)
    return done(tl::unexpected(std::move(ok.error())));
  take(message, payload, std::move(done));
}

namespace {

/// Readings of one message → points of its devices, in parts for the lanes.
class Sorting {
 public:
  Sorting(const Message& message, const Payload& payload, Registry& registry, std::size_t lanes)
      : message_(message), payload_(payload), registry_(registry), parts_(lanes) {
    // Of a large message each lane gets about its share.
    if (payload.readings.size() < 1000) return;
    for (Part& part : parts_) part.points.reserve(payload.readings.size() / lanes * 9 / 8);
  }

  void run() {
    for (const Report& report : payload_.reports) {
      if (const DevicePtr* device = device_of(report)) add(report, *device);
    }
  }
  std::vector<Part>& parts() { return parts_; }
  Taken& taken() { return taken_; }
  const std::optional<Error>& error() const { return error_; }
  std::size_t points() const { return points_; }

 private:
  void reject(std::uint64_t readings, Error error) {
    taken_.rejected += readings;
    if (!error_) {
      taken_.first_fault = error.detail;
      error_ = std::move(error);
    }
  }

  const DevicePtr* device_of(const Report& report) {
    const std::string_view group = report.group.empty() ? message_.group : report.group;
    const std::string_view address = report.address.empty() ? message_.address : report.address;
    if (last_ && last_->address == address && last_->group->name == group) return &last_;
    DevicePtr device = registry_.find(message_.tenant, group, address);
    if (!device && message_.provision && message_.only_device.empty()) {
      const GroupPtr its = registry_.group(message_.tenant, group);
      if (its && its->auto_provision && check_address("", address)) device = registry_.provision(its, address);
    }
    if (!device) {
      reject(report.count, {ErrorCode::kResourceNotFound, "there is no device " + std::string(address.substr(0, 130)) +
                                                              " in the group " + std::string(group.substr(0, 130))});
      return nullptr;
    }
    if (!message_.only_device.empty() && device->id != message_.only_device) {
      reject(report.count, {ErrorCode::kForbidden, "the key is that of another device than " + device->id});
      return nullptr;
    }
    last_ = std::move(device);
    lane_ = (reinterpret_cast<std::uintptr_t>(last_->live.get()) * 0x9E3779B97F4A7C15u >> 32) % parts_.size();
    return &last_;
  }

  void add(const Report& report, const DevicePtr& device) {
    Part& part = parts_[lane_];
    const auto first = static_cast<std::uint32_t>(part.points.size());
    for (std::uint32_t i = report.first; i < report.first + report.count; ++i) {
      const Reading& reading = payload_.readings[i];
      Point point;
      point.measure = device->model->find(reading.name);
      point.attribute = point.measure != nullptr ? point.measure->attribute : attribute_of_name(reading.name);
      if (point.attribute == ngsi::kNoTerm) {
        reject(1, {ErrorCode::kInvalidRequest, "\"" + std::string(reading.name.substr(0, 60)) + "\" cannot be a name"});
        continue;
      }
      const Terms& t = terms();
      point.own = point.attribute == t.battery_level || point.attribute == t.rssi || point.attribute == t.snr ||
                  point.attribute == t.firmware_version;
      const bool place = (point.measure != nullptr && point.measure->place) ||
                         (point.attribute == t.location && reading.value.starts_with('{'));
      if (place && !ngsi::check_geometry(reading.value)) {
        reject(1, {ErrorCode::kInvalidRequest, std::string(reading.name) + " is no GeoJSON geometry (RFC 7946)"});
        continue;
      }
      point.value = reading.value;
      point.at = report.at == kNoInstant ? message_.at : report.at;
      part.points.push_back(std::move(point));
    }
    const auto count = static_cast<std::uint32_t>(part.points.size()) - first;
    if (count == 0) return;
    points_ += count;
    if (!part.runs.empty() && part.runs.back().device == device) {
      part.runs.back().count += count;
    } else {
      part.runs.push_back({device, first, count, {}});
    }
  }

  ngsi::TermId attribute_of_name(std::string_view name) {
    const auto [found, is_new] = names_.try_emplace(name, ngsi::kNoTerm);
    if (is_new && name.size() <= 200 && ngsi::valid_name(name)) found->second = ngsi::core_context()->intern(name);
    return found->second;
  }

  const Message& message_;
  const Payload& payload_;
  Registry& registry_;
  std::vector<Part> parts_;
  Taken taken_;
  std::optional<Error> error_;
  std::size_t points_ = 0;
  DevicePtr last_;
  std::size_t lane_ = 0;
  absl::flat_hash_map<std::string_view, ngsi::TermId> names_;
};

}  // namespace

void Intake::take(const Message& message, const Payload& payload, Done done) {
  State& state = *state_;
  Sorting sorting(message, payload, state.registry, state.lanes.size());
  sorting.run();
  auto ticket = std::make_shared<Ticket>();
  ticket->taken = std::move(sorting.taken());
  ticket->taken.rejected += payload.faulty;
  if (!payload.faults.empty() && ticket->taken.first_fault.empty()) {
    const Payload::Fault& first = payload.faults.front();
    ticket->taken.first_fault =
        first.line == 0 ? first.reason : "line " + std::to_string(first.line) + ": " + first.reason;
  }
  const bool nothing = sorting.points() == 0 && ticket->taken.rejected > 0;
  if (nothing && state.rejected != nullptr) state.rejected->add(ticket->taken.rejected);
  if (nothing && sorting.error()) return done(tl::unexpected(*sorting.error()));
  if (nothing) return done(fail(ErrorCode::kInvalidRequest, ticket->taken.first_fault));
  if (state.stopping) return done(fail(ErrorCode::kUnavailable, "the server is stopping"));
  if (state.waiting.fetch_add(sorting.points()) + sorting.points() > state.options.max_waiting) {
    state.waiting -= sorting.points();
    return done(fail(ErrorCode::kUnavailable, "too many observations wait for the disk: send this again later"));
  }
  ticket->done = std::move(done);
  ticket->readings = sorting.points();
  const Instant arrived = message.arrived == kNoInstant ? state.options.clock() : message.arrived;
  for (std::size_t i = 0; i < state.lanes.size(); ++i) {
    Part& part = sorting.parts()[i];
    if (part.runs.empty()) continue;
    part.ticket = ticket;
    part.arrived = arrived;
    State::Lane& lane = state.lanes[i];
    {
      const std::lock_guard lock(lane.mutex);
      if (state.stopping) {  // the lane may have ended
        const std::lock_guard other(ticket->mutex);
        ticket->error = Error{ErrorCode::kUnavailable, "the server is stopping"};
        continue;
      }
      ticket->open.fetch_add(1);
      lane.waiting.push_back(std::move(part));
    }
    lane.wake.notify_one();
  }
  state.settle(ticket);
}

}  // namespace tsunagu::things
