#include "automation/automation.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "broker/entities.h"
#include "ngsi/context.h"

namespace tsunagu::automation {
namespace {

constexpr std::size_t kTurn = 256;  ///< changes until others may ask something

ngsi::Attribute words_attribute(std::string_view name, const Words& words, Instant at) {
  ngsi::Attribute out;
  out.name = ngsi::core_context()->intern(name);
  out.kind = ngsi::AttrKind::kLanguageProperty;
  out.value = "{\"ja\":";
  append_json_string(out.value, words.ja);
  out.value += ",\"en\":";
  append_json_string(out.value, words.en);
  out.value += '}';
  out.observed_at = at;
  return out;
}

ngsi::Attribute text_value(std::string_view name, ngsi::AttrKind kind, std::string_view text, Instant at) {
  ngsi::Attribute out;
  out.name = ngsi::core_context()->intern(name);
  out.kind = kind;
  append_json_string(out.value, text);
  out.observed_at = at;
  return out;
}

}  // namespace

struct Automation::Inbox {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<store::EntityChange> changes;
  std::deque<std::function<void()>> work;
  bool missed = false, stopping = false, closed = false;

  void post(std::function<void()> what) {
    {
      const std::lock_guard lock(mutex);
      if (closed) return;
      work.push_back(std::move(what));
    }
    arrived.notify_one();
  }
};

Automation::Automation(store::Store& store, const trust::Authority& authority, AutomationOptions options)
    : store_(store), options_(std::move(options)), inbox_(std::make_shared<Inbox>()) {
  Outlets outlets;
  outlets.tell = [this](const Call& call) { return tell(call); };
  outlets.webhook = options_.webhook;
  outlets.post = [inbox = inbox_](std::function<void()> work) { inbox->post(std::move(work)); };
  engine_ = std::make_unique<Engine>(store_, authority, std::move(outlets));
  store_.watch(*this);
}

Automation::~Automation() {
  store_.unwatch(*this);
  stop();
}

Instant Automation::clock() const {
  return options_.clock ? options_.clock() : now();
}

void Automation::start() {
  load();
  thread_ = std::thread([this] { run(); });
}

void Automation::stop() {
  {
    const std::lock_guard lock(inbox_->mutex);
    inbox_->stopping = true;
  }
  inbox_->arrived.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Automation::load() {
  const std::lock_guard lock(work_);
  for (const auto& [tenant, name] : store_.tenants()) {
    engine_->load_hands(tenant);
    for (const auto& [key, body] : store_.documents(tenant, kRuleDocuments)) {
      auto kept = unpack(tenant, body);
      if (!kept) {
        log::warn("Rule {} of tenant \"{}\" cannot be read and does nothing: {}", key, name, kept.error().detail);
        continue;
      }
      engine_->put(std::move(*kept), clock(), false);
    }
  }
  hear();
}

void Automation::hear() {
  std::vector<std::pair<store::TenantId, ngsi::TermId>> types;
  bool every = false, any = false;
  for (const auto& [tenant, name] : store_.tenants()) {
    for (const KeptRule* kept : engine_->rules(tenant)) {
      if (!kept->on) continue;
      any = true;
      every = every || kept->rule->safety.manual.us != 0;  // targets are of any type
      for (const ngsi::TermId type : kept->rule->type_terms) types.emplace_back(tenant, type);
    }
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  const std::lock_guard lock(types_mutex_);
  types_ = std::move(types);
  followed_ = engine_->followed();
  every_type_ = every;
  any_rule_ = any;
}

void Automation::committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) {
  if (!any_rule_) return;
  const bool every = every_type_;
  bool any = false;
  {
    const std::scoped_lock lock(types_mutex_, inbox_->mutex);
    for (const store::EntityChange& change : changes) {
      const ngsi::RecordPtr& record = change.after ? change.after : change.before;
      bool wanted = every;
      for (std::uint16_t i = 0; !wanted && i < record->type_count(); ++i) {
        wanted = std::binary_search(types_.begin(), types_.end(), std::pair(change.tenant, record->type(i)));
      }
      if (!wanted && !followed_.empty()) {
        for (const ngsi::AttributeView each : record->attributes()) {
          wanted = wanted || std::binary_search(followed_.begin(), followed_.end(), std::pair(change.tenant, each.name()));
        }
      }
      if (!wanted) continue;
      if (inbox_->changes.size() >= options_.max_waiting) {
        inbox_->missed = true;
        inbox_->changes.clear();
      }
      inbox_->changes.push_back(change);
      any = true;
    }
  }
  if (any) inbox_->arrived.notify_one();
}

void Automation::run() {
  Inbox& in = *inbox_;
  std::unique_lock lock(in.mutex);
  auto patience = std::chrono::steady_clock::time_point::max();
  while (true) {
    if (in.stopping && patience == std::chrono::steady_clock::time_point::max()) {
      patience = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    }
    const bool something = !in.changes.empty() || !in.work.empty() || in.missed;
    if (!something && in.stopping) {
      // Answers that are out: what rules did has to be recorded. Writes are answered soon; webhooks may not be.
      if (engine_->under_way() == 0 || std::chrono::steady_clock::now() >= patience) break;
      in.arrived.wait_for(lock, std::chrono::milliseconds(50));
    }
    std::vector<store::EntityChange> changes;
    std::deque<std::function<void()>> work = std::exchange(in.work, {});
    const bool missed = std::exchange(in.missed, false);
    for (; !in.changes.empty() && changes.size() < kTurn; in.changes.pop_front()) {
      changes.push_back(std::move(in.changes.front()));
    }
    lock.unlock();
    Instant due;
    {
      const std::lock_guard working(work_);
      for (const auto& each : work) each();
      if (missed) {
        log::warn("Automation: more changes than it could follow; every rule is looked at anew");
        engine_->look_again(clock());
      }
      for (const store::EntityChange& change : changes) engine_->changed(change, clock());
      engine_->advance(clock());
      due = engine_->next_due();
    }
    lock.lock();
    if (!in.changes.empty() || !in.work.empty() || in.missed || in.stopping) continue;
    if (due == kNoInstant) {
      in.arrived.wait(lock);
    } else {
      const std::int64_t wait = std::clamp<std::int64_t>(due.us - clock().us, 0, 1'000'000);
      in.arrived.wait_for(lock, std::chrono::microseconds(wait));
    }
  }
  in.closed = true;
}

std::string Automation::tell(const Call& call) {
  if (call.alarm) {
    if (!options_.alarm) return "alarms are not available here";
    options_.alarm(call);
    return {};
  }
  ngsi::Entity entity;
  entity.id = "urn:ngsi-ld:AutomationNotice:" + call.rule + ":" + std::to_string(hash64(call.entity));
  entity.types = {ngsi::core_context()->intern("AutomationNotice")};
  entity.attributes = {words_attribute("text", call.text, call.at),
                       words_attribute("reason", call.reason, call.at),
                       text_value("severity", ngsi::AttrKind::kProperty, call.severity, call.at),
                       text_value("rule", ngsi::AttrKind::kProperty, call.rule, call.at),
                       text_value("refEntity", ngsi::AttrKind::kRelationship, call.entity, call.at)};
  entity.sort_attributes();
  std::vector<store::Write> writes;
  std::string id = entity.id;
  ngsi::Entity whole = entity;
  writes.emplace_back(store::EntityWrite{
      call.tenant, std::move(id), broker::create_or_update_entity(std::move(whole), std::move(entity))});
  store_.submit(std::move(writes), [](std::vector<store::Outcome> outcomes) {
    if (!outcomes[0].result) log::warn("A notice cannot be written: {}", outcomes[0].result.error().detail);
  });
  return {};
}

RuleInfo Automation::info(const KeptRule& kept) const {
  return {kept, engine_->active_count(kept.tenant, kept.rule->name)};
}

std::vector<RuleInfo> Automation::rules(store::TenantId tenant) const {
  const std::lock_guard lock(work_);
  std::vector<RuleInfo> out;
  for (const KeptRule* kept : engine_->rules(tenant)) out.push_back(info(*kept));
  return out;
}

std::optional<RuleInfo> Automation::rule(store::TenantId tenant, const std::string& name) const {
  const std::lock_guard lock(work_);
  const KeptRule* kept = engine_->find(tenant, name);
  return kept == nullptr ? std::nullopt : std::optional(info(*kept));
}

Engine::Figures Automation::figures() const {
  const std::lock_guard lock(work_);
  return engine_->figures();
}

/// Waits for one commit: with the engine's lock, so that rules change one after the other.
Result<void> Automation::keep(store::DocumentWrite write) {
  std::promise<Result<void>> promise;
  auto done = promise.get_future();
  std::vector<store::Write> writes;
  writes.emplace_back(std::move(write));
  store_.submit(std::move(writes),
                [&promise](std::vector<store::Outcome> outcomes) { promise.set_value(outcomes[0].result); });
  return done.get();
}

Result<RuleInfo> Automation::take(KeptRule kept) {
  kept.modified_at = clock();
  if (const auto kept_now = keep(document_of(kept)); !kept_now) return tl::unexpected(kept_now.error());
  const store::TenantId tenant = kept.tenant;
  const std::string name = kept.rule->name;
  // Heard from before it looks at what there is: no change falls in between.
  any_rule_ = every_type_ = true;
  engine_->put(std::move(kept), clock(), true);
  hear();
  return info(*engine_->find(tenant, name));
}

void Automation::put(store::TenantId tenant, RulePtr rule, std::string text, std::optional<bool> on,
                     std::optional<std::uint64_t> expected, broker::Owner owner, Done done) {
  inbox_->post([this, tenant, rule = std::move(rule), text = std::move(text), on, expected, owner = std::move(owner),
                done = std::move(done)] {
    const KeptRule* was = engine_->find(tenant, rule->name);
    const std::uint64_t version = was == nullptr ? 0 : was->version;
    if (expected && *expected != version) {
      return done(fail(ErrorCode::kConflict, "somebody else changed this rule meanwhile: read it again"));
    }
    KeptRule kept;
    kept.tenant = tenant;
    kept.rule = rule;
    kept.text = text;
    kept.on = on.value_or(was != nullptr && was->on);
    kept.owner = owner;
    kept.version = version + 1;
    done(take(std::move(kept)));
  });
}

void Automation::switch_rule(store::TenantId tenant, std::string name, bool on, broker::Owner owner, Done done) {
  inbox_->post([this, tenant, name = std::move(name), on, owner = std::move(owner), done = std::move(done)] {
    const KeptRule* was = engine_->find(tenant, name);
    if (was == nullptr) return done(fail(ErrorCode::kResourceNotFound, "there is no rule " + name));
    if (was->on == on) return done(info(*was));
    KeptRule kept = *was;
    kept.on = on;
    kept.stopped = {};
    if (on) kept.owner = owner;
    ++kept.version;
    done(take(std::move(kept)));
  });
}

void Automation::remove(store::TenantId tenant, std::string name, std::function<void(Result<void>)> done) {
  inbox_->post([this, tenant, name = std::move(name), done = std::move(done)] {
    if (engine_->find(tenant, name) == nullptr) {
      return done(fail(ErrorCode::kResourceNotFound, "there is no rule " + name));
    }
    if (auto gone = keep({tenant, std::string(kRuleDocuments), name, std::nullopt}); !gone) return done(gone);
    engine_->remove(tenant, name, clock());
    hear();
    done({});
  });
}

}  // namespace tsunagu::automation
