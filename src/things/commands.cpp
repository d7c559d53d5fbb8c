#include "things/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "things/command_entity.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

struct Key {
  store::TenantId tenant;
  std::string device, name;
  bool operator<(const Key& o) const {
    return std::tie(tenant.value, device, name) < std::tie(o.tenant.value, o.device, o.name);
  }
};

struct Running {
  Command command;
  bool delivered = false, handed_on = false, sending = false;
  int attempts = 0;
  std::string why;  // it is not delivered, as told last
  Instant next;     // to be looked at
};

struct Attempt {
  Key key;
  Instant asked;
  Sending became;
  std::string why;
};

std::string in_quotes(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

struct Commands::State final : store::Watcher {
  State(store::Store& s, const Registry& r, Options o) : store(s), registry(r), options(std::move(o)) {}

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void failed() override {}
  void committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) override {
    const std::lock_guard lock(inbox_mutex);
    for (const store::EntityChange& change : changes) {
      if (!change.after) continue;
      const bool device = note_asset(change.tenant, *change.after);
      if (device || (!assets.empty() && assets.contains({change.tenant.value, std::string(change.after->id())}))) {
        changed.push_back(change);
      }
    }
    if (!changed.empty()) wake.notify_one();
  }

  /// Is it a device with commands? Then its asset is looked at, too. In `inbox_mutex`.
  bool note_asset(store::TenantId tenant, const ngsi::Record& record) {
    if (!record.has_type(terms().device) || !has_commands(record)) return false;
    if (std::string asset = read_device(record).asset; !asset.empty()) {
      assets[{tenant.value, std::move(asset)}].insert(std::string(record.id()));
    }
    return true;
  }

  Command command_of(store::TenantId tenant, const ngsi::Record& device, std::string_view entity,
                     const std::string& name, const ngsi::AttributeView& attribute) const {
    return read_command(store, registry, tenant, device, entity, name, attribute, options.timeout_s);
  }
  std::set<std::string> devices_of(store::TenantId tenant, std::string_view entity);
  void look(const store::EntityChange& change);
  void reported(const Key& key, const ngsi::AttributeView& attribute);
  void withdrawn(const Key& key, std::string_view entity);
  void resume(store::TenantId tenant, const ngsi::Record& device, const ngsi::Record& record);
  void begin(Command command, bool delivered);
  void attempt(const Key& key, Running& one);
  void attempted(const Attempt& attempt);
  void write(const Command& command, std::string_view status, std::string info);
  /// In `mutex`.
  std::map<Key, Running>::iterator by_ticket(store::TenantId tenant, std::string_view device, std::string_view ticket) {
    auto at = running.lower_bound(Key{tenant, std::string(device), ""});
    while (at != running.end() && at->first.tenant == tenant && at->first.device == device) {
      if (!ticket.empty() && at->second.command.ticket == ticket) return at;
      ++at;
    }
    return running.end();
  }
  Instant tend();
  void load();
  void run();

  store::Store& store;
  const Registry& registry;
  const Options options;
  std::thread thread;

  std::mutex inbox_mutex;  // what follows
  std::condition_variable wake;
  std::vector<store::EntityChange> changed;
  std::vector<Attempt> attempts;
  std::map<std::pair<std::uint16_t, std::string>, std::set<std::string>> assets;  // → their devices
  std::size_t open_answers = 0;                                                   // whose `done` is still to be called
  bool stopping = false;

  mutable std::mutex mutex;  // what follows; never taken under inbox_mutex
  std::map<Key, Running> running;
  std::multimap<Instant, Key> agenda;  // some of it may be old
};

/// Whose commands may stand on the entity: its own, and those of devices whose asset it is.
std::set<std::string> Commands::State::devices_of(store::TenantId tenant, std::string_view entity) {
  std::set<std::string> devices;
  const std::lock_guard lock(inbox_mutex);
  const auto asset = assets.find({tenant.value, std::string(entity)});
  if (asset != assets.end()) devices = asset->second;
  devices.insert(std::string(entity));
  return devices;
}

void Commands::State::look(const store::EntityChange& change) {
  for (const std::string& id : devices_of(change.tenant, change.after->id())) {
    const ngsi::RecordPtr device = id == change.after->id() ? change.after : store.find(change.tenant, id);
    if (!device || !device->has_type(terms().device)) continue;
    for (const std::string& name : command_names(*device)) {
      const ngsi::TermId term = command_term(name);
      const ngsi::AttributeView now = change.after->find(term);
      if (now.data() == nullptr) {
        withdrawn({change.tenant, id, name}, change.after->id());
      } else if (!is_command(now)) {
        reported({change.tenant, id, name}, now);
      } else if (is_new_command(change.before.get(), *change.after, term)) {
        Command command = command_of(change.tenant, *device, change.after->id(), name, now);
        write(command, "pending", "\"\"");
        begin(std::move(command), false);
      }
    }
  }
}

/// A device that cannot answer has executed what it reports to be.
void Commands::State::reported(const Key& key, const ngsi::AttributeView& attribute) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(key);
  if (found == running.end()) return;
  const Running& one = found->second;
  if (one.command.way == Command::Way::kTopic || (!one.delivered && one.attempts == 0)) return;
  const auto parts = attribute.parts();
  if (!same_value(parts.value, one.command.value)) return;
  write(one.command, "executed", std::string(parts.value));
  running.erase(found);
}

/// The attribute is not, or no more, on `entity`: what was asked for there and has not been delivered is not to be.
void Commands::State::withdrawn(const Key& key, std::string_view entity) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(key);
  if (found == running.end() || found->second.command.entity != entity || found->second.delivered ||
      found->second.command.until <= options.clock()) {
    return;
  }
  write(found->second.command, "expired", in_quotes("withdrawn before it was delivered"));
  running.erase(found);
}

void Commands::State::resume(store::TenantId tenant, const ngsi::Record& device, const ngsi::Record& record) {
  for (const std::string& name : command_names(device)) {
    const ngsi::AttributeView asked = record.find(command_term(name)),
                              status = record.find(command_term(name, "_status"));
    if (asked.data() == nullptr) continue;
    const bool told = status.data() != nullptr;
    if (!is_command(asked)) {  // the device has reported the attribute since
      if (!told || (status.value() != "\"pending\"" && status.value() != "\"delivered\"")) continue;
      const Command command = command_of(tenant, device, record.id(), name, asked);
      if (status.value() == "\"delivered\"" && command.way == Command::Way::kTopic) {
        begin(command, true);
      } else {
        write(command, "expired", in_quotes("what was wanted is not known any more since Tsunagu was started anew"));
      }
      continue;
    }
    const std::string_view word = told && status.modified_at() > asked.modified_at() ? status.value() : "\"pending\"";
    if (word != "\"pending\"" && word != "\"delivered\"") continue;
    begin(command_of(tenant, device, record.id(), name, asked), word == "\"delivered\"");
  }
}

void Commands::State::begin(Command command, bool delivered) {
  Key key{command.tenant, command.device, command.name};
  const std::lock_guard lock(mutex);
  Running& one = running[key];
  if (one.command.asked > command.asked) return;
  one = Running{};
  one.command = std::move(command);
  one.delivered = delivered;
  one.next = delivered ? one.command.until : options.clock();
  agenda.emplace(one.next, std::move(key));
}

/// In `mutex`.
void Commands::State::attempt(const Key& key, Running& one) {
  const std::int64_t wait =
      std::min(options.first_retry_ms << std::min(one.attempts, 20), options.longest_retry_ms) * 1000;
  one.next = std::min(Instant{options.clock().us + wait}, one.command.until);
  agenda.emplace(one.next, key);
  if (!options.send || one.sending || one.command.address.empty()) return;
  one.sending = true;
  ++one.attempts;
  options.send(one.command, [this, key, asked = one.command.asked](Sending became, std::string why) {
    const std::lock_guard lock(inbox_mutex);
    attempts.push_back({key, asked, became, std::move(why)});
    wake.notify_one();
  });
}

void Commands::State::attempted(const Attempt& attempt) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(attempt.key);
  if (found == running.end() || found->second.command.asked != attempt.asked) return;
  Running& one = found->second;
  one.sending = false;
  if (one.delivered) return;
  one.handed_on = attempt.became == Sending::kHandedOn;
  if (attempt.became == Sending::kNever) {
    write(one.command, "failed", in_quotes(attempt.why));
    running.erase(found);
  } else if (attempt.became == Sending::kDelivered) {
    one.delivered = true;
    one.next = one.command.until;
    agenda.emplace(one.next, attempt.key);
    write(one.command, "delivered", "\"\"");
  } else {
    // What was handed on and comes back is tried again at once; what is with another is looked at when its time is
    // over.
    if (one.handed_on) agenda.emplace(one.next = one.command.until, attempt.key);
    if (one.why != attempt.why) write(one.command, "pending", in_quotes(one.why = attempt.why));
  }
}

void Commands::State::write(const Command& command, std::string_view status, std::string info) {
  store.submit(
      {store::EntityWrite{command.tenant, command.entity,
                          status_write(command.name, command.asked, status, std::move(info), options.clock())}},
      [](const std::vector<store::Outcome>&) {});
}

/// Does what is due; gives the next instant at which something is.
Instant Commands::State::tend() {
  const std::lock_guard lock(mutex);
  const Instant time = options.clock();
  while (!agenda.empty() && agenda.begin()->first <= time) {
    const Key key = agenda.begin()->second;
    const Instant when = agenda.begin()->first;
    agenda.erase(agenda.begin());
    const auto found = running.find(key);
    if (found == running.end() || found->second.next != when) continue;
    Running& one = found->second;
    if (one.command.until <= time) {
      write(one.command, "expired",
            in_quotes(one.delivered ? "delivered, and nothing was heard of it" : "the device could not be reached"));
      running.erase(found);
    } else if (!one.delivered && !one.handed_on) {
      attempt(key, one);
    }
  }
  return agenda.empty() ? Instant{std::numeric_limits<std::int64_t>::max()} : agenda.begin()->first;
}

void Commands::State::load() {
  for (const auto& [tenant, name] : store.tenants()) {
    ngsi::Selection selection;
    selection.types.emplace();
    selection.types->kind = ngsi::TypeExpr::Kind::kType;
    selection.types->type = terms().device;
    const auto cursor = store.query(tenant, std::move(selection));
    std::vector<ngsi::RecordPtr> found;
    for (bool more = true; more;) {
      found.clear();
      more = cursor->step(4096, 4096, found);
      for (const ngsi::RecordPtr& device : found) {
        {
          const std::lock_guard lock(inbox_mutex);
          if (!note_asset(tenant, *device)) continue;
        }
        resume(tenant, *device, *device);
        const std::string asset = read_device(*device).asset;
        if (const ngsi::RecordPtr record = asset.empty() ? nullptr : store.find(tenant, asset)) {
          resume(tenant, *device, *record);
        }
      }
    }
  }
}

void Commands::State::run() {
  for (;;) {
    const Instant next = tend();
    std::vector<store::EntityChange> new_changes;
    std::vector<Attempt> new_attempts;
    {
      std::unique_lock lock(inbox_mutex);
      const std::int64_t left = std::clamp<std::int64_t>(next.us - options.clock().us, 0, 1'000'000);
      wake.wait_for(lock, std::chrono::microseconds(left),
                    [this] { return stopping || !changed.empty() || !attempts.empty(); });
      if (stopping) return;
      new_changes.swap(changed);
      new_attempts.swap(attempts);
    }
    for (const store::EntityChange& change : new_changes) look(change);
    for (const Attempt& attempt : new_attempts) attempted(attempt);
  }
}

Commands::Commands(store::Store& store, const Registry& registry, Options options)
    : state_(std::make_unique<State>(store, registry, std::move(options))) {
  store.watch(*state_);
  state_->load();
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Commands::~Commands() {
  stop();
}

void Commands::stop() {
  {
    const std::lock_guard lock(state_->inbox_mutex);
    if (std::exchange(state_->stopping, true)) return;
  }
  state_->wake.notify_one();
  state_->thread.join();
  state_->store.unwatch(*state_);
  std::unique_lock lock(state_->inbox_mutex);
  state_->wake.wait(lock, [this] { return state_->open_answers == 0; });
}

std::vector<Command> Commands::take(store::TenantId tenant, std::string_view device) {
  std::vector<Command> out;
  const std::lock_guard lock(state_->mutex);
  const Instant time = state_->options.clock();
  for (auto at = state_->running.lower_bound(Key{tenant, std::string(device), ""});
       at != state_->running.end() && at->first.tenant == tenant && at->first.device == device; ++at) {
    Running& one = at->second;
    if (one.delivered || one.command.until <= time) continue;
    one.delivered = true;
    one.next = one.command.until;
    state_->agenda.emplace(one.next, at->first);
    state_->write(one.command, "delivered", "\"\"");
    out.push_back(one.command);
  }
  return out;
}

void Commands::answer(store::TenantId tenant, std::string_view device, std::vector<CommandAnswer> answers,
                      std::function<void(Result<void>)> done) {
  const ngsi::RecordPtr record = state_->store.find(tenant, device);
  const std::vector<std::string> names = record ? command_names(*record) : std::vector<std::string>();
  std::vector<store::Write> writes;
  {
    const std::lock_guard lock(state_->mutex);
    for (CommandAnswer& answer : answers) {
      if (std::find(names.begin(), names.end(), answer.name) == names.end()) {
        return done(
            fail(ErrorCode::kResourceNotFound,
                 fmt::format("{} has no command {}: it is not in its attribute \"commands\"", device, answer.name)));
      }
      // To where it was written; late, to the device itself.
      const auto known = state_->running.find(Key{tenant, std::string(device), answer.name});
      std::string entity = known == state_->running.end() ? std::string(device) : known->second.command.entity;
      if (known != state_->running.end()) state_->running.erase(known);
      writes.push_back(store::EntityWrite{tenant, std::move(entity),
                                          status_write(answer.name, kNoInstant, answer.failed ? "failed" : "executed",
                                                       std::move(answer.result), state_->options.clock())});
    }
  }
  {
    const std::lock_guard lock(state_->inbox_mutex);
    if (state_->stopping) return done(fail(ErrorCode::kUnavailable, "the server is stopping"));
    ++state_->open_answers;
  }
  state_->store.submit(std::move(writes),
                       [state = state_.get(), done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
                         Result<void> all;
                         for (const store::Outcome& outcome : outcomes) {
                           if (all && !outcome.result) all = outcome.result;
                         }
                         done(std::move(all));
                         const std::lock_guard lock(state->inbox_mutex);
                         --state->open_answers;
                         state->wake.notify_all();
                       });
}

std::optional<Command> Commands::of_ticket(store::TenantId tenant, std::string_view device,
                                           std::string_view ticket) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_ticket(tenant, device, ticket);
  if (found == state_->running.end()) return std::nullopt;
  return found->second.command;
}

void Commands::heard(store::TenantId tenant, std::string_view device, std::string_view ticket, Sending became,
                     std::string why) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_ticket(tenant, device, ticket);
  if (found == state_->running.end() || found->second.delivered) return;
  Running& one = found->second;
  if (became == Sending::kLater && one.handed_on) {
    one.handed_on = false;
    state_->agenda.emplace(one.next = state_->options.clock(), found->first);
  }
  const std::lock_guard inbox(state_->inbox_mutex);
  state_->attempts.push_back({found->first, one.command.asked, became, std::move(why)});
  state_->wake.notify_one();
}

bool Commands::asks(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record& after) const {
  const bool device = after.has_type(terms().device) && has_commands(after);
  if (!device) {
    const std::lock_guard lock(state_->inbox_mutex);
    if (state_->assets.empty() || !state_->assets.contains({tenant.value, std::string(after.id())})) return false;
  }
  for (const std::string& id : state_->devices_of(tenant, after.id())) {
    const ngsi::RecordPtr other = id == after.id() ? nullptr : state_->store.find(tenant, id);
    if (!other && id != after.id()) continue;
    for (const std::string& name : command_names(other ? *other : after)) {
      if (is_new_command(before, after, command_term(name))) return true;
    }
  }
  return false;
}

std::size_t Commands::under_way() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running.size();
}

}  // namespace tsunagu::things
