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

#include "base/text.h"
#include "ngsi/body.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/core_context.h"
#include "ngsi/json_walk.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;
using Clock = std::chrono::steady_clock;

struct CommandTerms {
  ngsi::TermId commands, timeout, by_rule;
};
const CommandTerms& command_terms() {
  static const CommandTerms kTerms{ngsi::core_context()->intern("commands"),
                                   ngsi::core_context()->intern("commandTimeout"),
                                   ngsi::core_context()->intern("setByRule")};
  return kTerms;
}

ngsi::TermId term_of(std::string_view name, std::string_view ending = "") {
  return ngsi::core_context()->intern(std::string(name).append(ending));
}

/// Names of the commands of a device; none when it has none.
std::vector<std::string> names_of(const ngsi::Record& record) {
  std::vector<std::string> names;
  const ngsi::AttributeView list = record.find(command_terms().commands);
  if (list.data() == nullptr) return names;
  const std::string_view value = list.value();
  const auto add = [&](std::string_view json) {
    if (walk::is_string(json) && ngsi::valid_name(json_string_text(json))) names.push_back(json_string_text(json));
    return false;
  };
  if (walk::is_array(value)) {
    walk::any_element(value, add);
  } else {
    add(value);
  }
  return names;
}

/// Is it somebody's wish, and not what a device reports?
bool is_command(const ngsi::AttributeView& attribute) {
  if (attribute.data() == nullptr) return false;
  if (attribute.parts().observed_at == kNoInstant) return true;
  for (const ngsi::AttributeView sub : ngsi::sub_attributes(attribute)) {
    if (sub.name() == command_terms().by_rule) return true;
  }
  return false;
}

bool protocol_says(const ngsi::Record& record, std::string_view word) {
  const ngsi::AttributeView protocol = record.find(terms().supported_protocol);
  return protocol.data() != nullptr && protocol.value().find(word) != std::string_view::npos;
}

struct Key {
  store::TenantId tenant;
  std::string device, name;
  bool operator<(const Key& o) const {
    return std::tie(tenant.value, device, name) < std::tie(o.tenant.value, o.device, o.name);
  }
};

struct Running {
  Command command;
  bool delivered = false, sending = false;
  int attempts = 0;
  Instant next;  // to be looked at
};

struct Attempt {
  Key key;
  Instant asked;
  bool delivered;
  std::string why;
};

/// Sets the status (and the word about it) of the command that was asked for at `asked`; of whatever is there when
/// `asked` is not known. Leaves everything alone when another took its place. On what is simulated it has no observedAt:
/// our time is not that of the simulation.
store::Decide status_write(std::string_view name, Instant asked, std::string_view status, std::string info, Instant at) {
  std::vector<ngsi::Attribute> list{text_property(term_of(name, "_status"), status),
                                    property(term_of(name, "_info"), std::move(info))};
  for (ngsi::Attribute& one : list) one.observed_at = at;
  return [list = std::move(list), term = term_of(name), asked](const ngsi::Record* current,
                                                              Instant now) -> Result<store::Decision> {
    if (current == nullptr) return store::Keep{};
    const ngsi::AttributeView command = current->find(term);
    if (asked != kNoInstant && (command.data() == nullptr || command.modified_at() != asked)) return store::Keep{};
    ngsi::Entity next = ngsi::decode(*current);
    ngsi::Entity added;
    added.attributes = list;
    if (const auto simulated = current->find(terms().simulated); simulated.data() != nullptr && simulated.value() == "true") {
      for (ngsi::Attribute& one : added.attributes) one.observed_at = kNoInstant;
    }
    added.sort_attributes();
    if (!ngsi::append_attributes(next, std::move(added), false, now).changed) return store::Keep{};
    auto record = ngsi::encode(std::move(next));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

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
    if (!record.has_type(terms().device) || record.find(command_terms().commands).data() == nullptr) return false;
    if (std::string asset = read_device(record).asset; !asset.empty()) {
      assets[{tenant.value, std::move(asset)}].insert(std::string(record.id()));
    }
    return true;
  }

  Command command_of(store::TenantId tenant, const ngsi::Record& device, std::string_view entity,
                     const std::string& name, const ngsi::AttributeView& attribute) const;
  void look(const store::EntityChange& change);
  void resume(store::TenantId tenant, const ngsi::Record& device, const ngsi::Record& record);
  void begin(Command command, bool delivered);
  void attempt(const Key& key, Running& one);
  void attempted(const Attempt& attempt);
  void write(const Command& command, std::string_view status, std::string info);
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
  std::size_t open_answers = 0;  // whose `done` is still to be called
  bool stopping = false;

  mutable std::mutex mutex;  // what follows; never taken under inbox_mutex
  std::map<Key, Running> running;
  std::multimap<Instant, Key> agenda;  // some of it may be old
};

Command Commands::State::command_of(store::TenantId tenant, const ngsi::Record& record, std::string_view entity,
                                    const std::string& name, const ngsi::AttributeView& attribute) const {
  const DeviceText text = read_device(record);
  Command command;
  command.tenant = tenant;
  command.device = text.id;
  command.entity = std::string(entity);
  command.group = text.group;
  command.address = text.address;
  command.name = name;
  const auto parts = attribute.parts();
  command.value = std::string(parts.value);
  command.asked = attribute.modified_at();
  command.lorawan = protocol_says(record, "oRa");
  if (protocol_says(record, "ltralight") || protocol_says(record, "ltraLight")) command.format = Format::kUltraLight;
  std::int64_t seconds = options.timeout_s;
  const ngsi::AttributeView timeout = record.find(command_terms().timeout);
  if (timeout.data() != nullptr) {
    if (const auto given = walk::number(timeout.value()); given && *given >= 1 && *given <= 1e9) {
      seconds = static_cast<std::int64_t>(*given);
    }
  }
  command.until = parts.expires_at != kNoInstant ? parts.expires_at : Instant{command.asked.us + seconds * 1'000'000};
  return command;
}

void Commands::State::look(const store::EntityChange& change) {
  std::set<std::string> devices;
  {
    const std::lock_guard lock(inbox_mutex);
    const auto asset = assets.find({change.tenant.value, std::string(change.after->id())});
    if (asset != assets.end()) devices = asset->second;
  }
  devices.insert(std::string(change.after->id()));
  for (const std::string& id : devices) {
    const ngsi::RecordPtr device = id == change.after->id() ? change.after : store.find(change.tenant, id);
    if (!device || !device->has_type(terms().device)) continue;
    for (const std::string& name : names_of(*device)) {
      const ngsi::TermId term = term_of(name);
      const ngsi::AttributeView now = change.after->find(term);
      if (!is_command(now)) continue;
      if (change.before) {
        const ngsi::AttributeView was = change.before->find(term);
        if (was.data() != nullptr && was.modified_at() == now.modified_at()) continue;
      }
      Command command = command_of(change.tenant, *device, change.after->id(), name, now);
      write(command, "pending", "\"\"");
      begin(std::move(command), false);
    }
  }
}

void Commands::State::resume(store::TenantId tenant, const ngsi::Record& device, const ngsi::Record& record) {
  for (const std::string& name : names_of(device)) {
    const ngsi::AttributeView asked = record.find(term_of(name)), status = record.find(term_of(name, "_status"));
    if (!is_command(asked)) continue;
    const bool known = status.data() != nullptr && status.modified_at() > asked.modified_at();
    const std::string_view word = known ? status.value() : "\"pending\"";
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
  options.send(one.command, [this, key, asked = one.command.asked](bool delivered, std::string why) {
    const std::lock_guard lock(inbox_mutex);
    attempts.push_back({key, asked, delivered, std::move(why)});
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
  if (!attempt.delivered) {
    if (one.attempts == 1) write(one.command, "pending", in_quotes(attempt.why));
    return;
  }
  one.delivered = true;
  one.next = one.command.until;
  agenda.emplace(one.next, attempt.key);
  write(one.command, "delivered", "\"\"");
}

void Commands::State::write(const Command& command, std::string_view status, std::string info) {
  store.submit({store::EntityWrite{command.tenant, command.entity,
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
    } else if (!one.delivered) {
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
  const std::vector<std::string> names = record ? names_of(*record) : std::vector<std::string>();
  std::vector<store::Write> writes;
  {
    const std::lock_guard lock(state_->mutex);
    for (CommandAnswer& answer : answers) {
      if (std::find(names.begin(), names.end(), answer.name) == names.end()) {
        return done(fail(ErrorCode::kResourceNotFound,
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

std::size_t Commands::under_way() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running.size();
}

}  // namespace tsunagu::things
