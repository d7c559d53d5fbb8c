#include "automation/alarms.h"

#include <algorithm>
#include <chrono>

#include "base/json_object.h"
#include "base/log.h"

namespace tsunagu::automation {
namespace {

constexpr std::string_view kRosterDocuments = "alarm-roster", kRosterKey = "roster";

std::string calling_json(const Calling& calling, const std::vector<Alarm>& alarms) {
  const auto words = [](const Words& w) {
    std::string out;
    JsonObject(out).text("ja", w.ja).text("en", w.en).end();
    return out;
  };
  std::string list = "[";
  for (const Alarm& each : alarms) {
    if (list.size() > 1) list += ',';
    list += to_json(each);
  }
  list += ']';
  std::string out;
  JsonObject(out)
      .text("person", calling.person.name)
      .json("subject", words(calling.subject))
      .json("text", words(calling.text))
      .json("alarms", list)
      .end();
  return out;
}

}  // namespace

/// What answers to notices may touch, also when the alarms have gone.
struct Alarms::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false, gone = false;
};

Alarms::Alarms(store::Store& store, AlarmOptions options)
    : store_(store), options_(std::move(options)), shared_(std::make_shared<Shared>()) {}

Alarms::~Alarms() {
  stop();
  const std::lock_guard lock(shared_->mutex);
  shared_->gone = true;
}

AlarmBook& Alarms::book(store::TenantId tenant) {
  const auto [found, first] = books_.try_emplace(tenant);
  if (first) {
    if (const auto text = store_.document(tenant, kRosterDocuments, kRosterKey)) {
      auto roster = read_roster(*text, "roster");
      if (roster) {
        found->second.set_roster(std::move(*roster));
      } else {
        log::warn("The roster for alarms cannot be read: {}", roster.error().detail);
      }
    }
    for (Alarm& alarm : kept_alarms(store_, tenant)) found->second.take(std::move(alarm));
  }
  return found->second;
}

void Alarms::start() {
  {
    const std::lock_guard lock(shared_->mutex);
    for (const auto& [tenant, name] : store_.tenants()) book(tenant);
  }
  thread_ = std::thread([this] { run(); });
}

void Alarms::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Alarms::run() {
  std::unique_lock lock(shared_->mutex);
  while (!shared_->stopping) {
    Instant next;
    const Instant now = clock();
    std::vector<std::pair<store::TenantId, Effects>> all;
    for (auto& [tenant, book] : books_) {
      const Instant due = book.next_due();
      if (due == kNoInstant) continue;
      if (due <= now) all.emplace_back(tenant, book.advance(now));
      const Instant then = book.next_due();
      if (then != kNoInstant && (next == kNoInstant || then < next)) next = then;
    }
    for (auto& [tenant, effects] : all) follow(tenant, std::move(effects), lock);
    if (!all.empty() || shared_->stopping) continue;
    if (next == kNoInstant) {
      shared_->changed.wait(lock);
    } else {
      const std::int64_t wait = std::clamp<std::int64_t>(next.us - clock().us, 1000, 1'000'000);
      shared_->changed.wait_for(lock, std::chrono::microseconds(wait));
    }
  }
}

void Alarms::write(store::TenantId tenant, const std::string& id) {
  const auto& alarms = book(tenant).all();
  const auto found = alarms.find(id);
  if (found == alarms.end()) return;
  std::vector<store::Write> writes;
  writes.emplace_back(write_alarm(tenant, found->second, clock()));
  store_.submit(std::move(writes), [id](std::vector<store::Outcome> outcomes) {
    if (!outcomes[0].result) log::warn("Alarm {} cannot be written: {}", id, outcomes[0].result.error().detail);
  });
}

void Alarms::follow(store::TenantId tenant, Effects effects, std::unique_lock<std::mutex>& lock) {
  for (const std::string& id : effects.changed) write(tenant, id);
  std::vector<std::pair<Calling, std::string>> calls;
  for (Calling& calling : effects.calls) {
    std::vector<Alarm> told;
    for (const std::string& id : calling.alarms) {
      if (const auto found = book(tenant).all().find(id); found != book(tenant).all().end()) told.push_back(found->second);
    }
    std::string json = calling_json(calling, told);
    calls.emplace_back(std::move(calling), std::move(json));
  }
  shared_->changed.notify_all();
  if (calls.empty()) return;
  lock.unlock();
  for (auto& [calling, json] : calls) {
    const auto told = [this, shared = shared_, tenant, ids = calling.alarms, person = calling.person.name](std::string way) {
      return [this, shared, tenant, ids, person, way = std::move(way)](std::string fault) {
        const std::lock_guard answered(shared->mutex);
        if (shared->gone) return;
        if (!fault.empty()) log::warn("{} cannot be told of an alarm by {}: {}", person, way, fault);
        for (const std::string& id : ids) {
          book(tenant).told(id, {clock(), person, way, fault});
          write(tenant, id);
        }
      };
    };
    if (!calling.person.mail.empty()) {
      options_.mail ? options_.mail(calling.person.mail, calling.subject, calling.text, told("mail"))
                    : told("mail")("this server sends no mail (--smtp)");
    }
    if (!calling.person.push.empty()) {
      options_.push ? options_.push(tenant, calling.person.push, calling, told("push"))
                    : told("push")("notices on devices are not available");
    }
    if (!calling.person.webhook.empty()) {
      options_.webhook ? options_.webhook(calling.person.webhook, json, told("webhook"))
                       : told("webhook")("webhooks are not available");
    }
  }
  lock.lock();
}

Result<Alarm> Alarms::followed(store::TenantId tenant, const std::string& id, Result<Effects> effects,
                               std::unique_lock<std::mutex>& lock) {
  if (!effects) return tl::unexpected(effects.error());
  Alarm alarm = book(tenant).all().at(id);
  follow(tenant, std::move(*effects), lock);
  return alarm;
}

void Alarms::take(const Call& call) {
  std::unique_lock lock(shared_->mutex);
  if (call.over) {
    auto effects = book(call.tenant).clear(alarm_id(call.rule, call.entity), clock());
    if (effects) follow(call.tenant, std::move(*effects), lock);
    return;
  }
  follow(call.tenant, book(call.tenant).raise(call.rule, call.entity, call.severity, call.text, call.reason, clock()),
         lock);
}

std::vector<Alarm> Alarms::all(store::TenantId tenant) const {
  const std::lock_guard lock(shared_->mutex);
  std::vector<Alarm> out;
  const auto found = books_.find(tenant);
  if (found == books_.end()) return out;
  for (const auto& [id, alarm] : found->second.all()) out.push_back(alarm);
  std::stable_sort(out.begin(), out.end(), [](const Alarm& a, const Alarm& b) { return a.raised_at > b.raised_at; });
  return out;
}

std::optional<Alarm> Alarms::find(store::TenantId tenant, const std::string& id) const {
  const std::lock_guard lock(shared_->mutex);
  const auto found = books_.find(tenant);
  if (found == books_.end()) return std::nullopt;
  const auto alarm = found->second.all().find(id);
  return alarm == found->second.all().end() ? std::nullopt : std::optional(alarm->second);
}

Alarm Alarms::raise(store::TenantId tenant, const std::string& source, const std::string& entity,
                    const std::string& severity, const Words& text, const Words& reason) {
  std::unique_lock lock(shared_->mutex);
  Effects effects = book(tenant).raise(source, entity, severity, text, reason, clock());
  Alarm alarm = book(tenant).all().at(alarm_id(source, entity));
  follow(tenant, std::move(effects), lock);
  return alarm;
}

Result<Alarm> Alarms::clear(store::TenantId tenant, const std::string& id) {
  std::unique_lock lock(shared_->mutex);
  return followed(tenant, id, book(tenant).clear(id, clock()), lock);
}

Result<Alarm> Alarms::acknowledge(store::TenantId tenant, const std::string& id, const std::string& by,
                                  const std::string& note) {
  std::unique_lock lock(shared_->mutex);
  return followed(tenant, id, book(tenant).acknowledge(id, by, note, clock()), lock);
}

Result<Alarm> Alarms::shelve(store::TenantId tenant, const std::string& id, const std::string& by, Instant until) {
  std::unique_lock lock(shared_->mutex);
  return followed(tenant, id, book(tenant).shelve(id, by, until, clock()), lock);
}

std::size_t Alarms::acknowledge_all(store::TenantId tenant, const std::string& source, const std::string& by,
                                    const std::string& note) {
  std::unique_lock lock(shared_->mutex);
  AlarmBook& alarms = book(tenant);
  Effects all;
  for (const auto& [id, alarm] : alarms.all()) {
    if (alarm.source != source || alarm.status != AlarmStatus::kRaised) continue;
    if (auto effects = alarms.acknowledge(id, by, note, clock())) all.changed.merge(effects->changed);
  }
  const std::size_t count = all.changed.size();
  follow(tenant, std::move(all), lock);
  return count;
}

Result<Alarm> Alarms::reopen(store::TenantId tenant, const std::string& id) {
  std::unique_lock lock(shared_->mutex);
  return followed(tenant, id, book(tenant).reopen(id, clock()), lock);
}

std::string Alarms::roster(store::TenantId tenant) const {
  return store_.document(tenant, kRosterDocuments, kRosterKey).value_or("");
}

void Alarms::set_roster(store::TenantId tenant, std::string text, std::function<void(Result<void>)> done) {
  auto roster = read_roster(text, "roster");
  if (!roster) return done(tl::unexpected(roster.error()));
  std::vector<store::Write> writes;
  writes.emplace_back(
      store::DocumentWrite{tenant, std::string(kRosterDocuments), std::string(kRosterKey), std::move(text)});
  store_.submit(std::move(writes), [this, shared = shared_, tenant, roster = std::move(*roster),
                                    done = std::move(done)](std::vector<store::Outcome> outcomes) {
    if (outcomes[0].result) {
      const std::lock_guard lock(shared->mutex);
      if (!shared->gone) book(tenant).set_roster(roster);
    }
    done(outcomes[0].result);
  });
}

}  // namespace tsunagu::automation
