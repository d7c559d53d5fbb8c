#include "catalog/plan/keeper.h"

#include <algorithm>
#include <future>
#include <memory>

#include "base/json.h"
#include "base/log.h"
#include "catalog/plan/gather.h"
#include "ngsi/change.h"
#include "ngsi/context.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kStep = 512;

ngsi::TermId name_of(std::string_view name) {
  return ngsi::core_context()->intern(name);
}

/// Every type that a type selection names.
void collect(const ngsi::TypeExpr& types, std::set<ngsi::TermId>& out) {
  if (types.kind == ngsi::TypeExpr::Kind::kType) out.insert(types.type);
  for (const ngsi::TypeExpr& child : types.children) collect(child, out);
}

void collect(const Term& term, std::set<ngsi::TermId>& out) {
  std::vector<ngsi::Names::Use> uses;  // names that nobody uses yet get a number, so that their first entity is noticed
  if (const auto types = ngsi::parse_types(term.type, ngsi::Names(*ngsi::core_context(), uses))) collect(*types, out);
}

std::string provenance_of(const Computed& c) {
  std::string out = R"({"kind":"computed","numerator":)" + c.numerator.text();
  if (c.denominator) out += R"(,"denominator":)" + c.denominator->text();
  out += R"(,"entities":)";
  append_json_number(out, static_cast<std::int64_t>(c.entities));
  return out + "}";
}

ngsi::Attribute value_attribute(const Computed& c, const Indicator& indicator, Instant at) {
  ngsi::Attribute out;
  out.name = name_of("kpiValue");
  out.value = c.value.text();
  out.unit_code = indicator.unit_code;
  out.observed_at = at;
  ngsi::Attribute provenance;
  provenance.name = name_of("provenance");
  provenance.value = provenance_of(c);
  out.subs.push_back(std::move(provenance));
  return out;
}

/// A remembered value: what it says and when it was written.
struct Remembered {
  std::string value, provenance;
  Instant written;
};
/// Of each date the value written last, and the instants of those that it took the place of.
class Memory final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& p) override {
    if (p.deleted != kNoInstant) return true;
    Remembered& there = points[p.at];
    if (there.written != kNoInstant) superseded.push_back(std::min(there.written, p.written));
    if (there.written != kNoInstant && there.written > p.written) return true;
    const auto value = read_value(p.instance);
    there = {std::string(p.instance.value()), value ? value->provenance : "", p.written};
    return true;
  }
  std::map<Instant, Remembered> points;
  std::vector<Instant> superseded;
};

/// How far each plan's target is reached; as attributes, one for each plan.
std::vector<ngsi::Attribute> achievements(const Indicator& indicator, const Decimal& value, Instant at) {
  std::vector<ngsi::Attribute> out;
  for (const Target& target : indicator.targets) {
    const auto reached = achievement(value, target.value, indicator.smaller_is_better);
    if (!reached) continue;
    ngsi::Attribute a;
    a.name = name_of("achievement");
    a.value = reached->text();
    a.dataset_id = target.plan;
    a.unit_code = "P1";
    a.observed_at = at;
    out.push_back(std::move(a));
  }
  return out;
}

bool same(const ngsi::Attribute& a, const ngsi::Attribute& b) {
  return a.value == b.value && a.dataset_id == b.dataset_id && a.unit_code == b.unit_code &&
         a.observed_at == b.observed_at && a.subs.size() == b.subs.size() &&
         (a.subs.empty() || a.subs.front().value == b.subs.front().value);
}

/// Puts the instances in the place of all that have their name (and, for `value`, no datasetId); nothing when they are
/// there already.
store::Decide put_figures(std::optional<ngsi::Attribute> value, std::vector<ngsi::Attribute> reached) {
  return [value = std::move(value), reached = std::move(reached)](const ngsi::Record* current,
                                                                  Instant now) -> Result<store::Decision> {
    if (current == nullptr) return store::Keep{};  // deleted meanwhile
    ngsi::Entity entity = ngsi::decode(*current);
    const ngsi::TermId achieved = name_of("achievement");
    ngsi::Entity fragment;
    if (value) {
      const ngsi::Attribute* const had = entity.find(value->name, "");
      if (had == nullptr || !same(*had, *value)) fragment.attributes.push_back(*value);
    }
    for (const ngsi::Attribute& each : reached) {
      const ngsi::Attribute* const had = entity.find(achieved, each.dataset_id);
      if (had == nullptr || !same(*had, each)) fragment.attributes.push_back(each);
    }
    const std::size_t gone = std::erase_if(entity.attributes, [&](const ngsi::Attribute& a) {
      return a.name == achieved && std::none_of(reached.begin(), reached.end(),
                                                [&](const ngsi::Attribute& r) { return r.dataset_id == a.dataset_id; });
    });
    if (fragment.attributes.empty() && gone == 0) return store::Keep{};
    fragment.sort_attributes();
    ngsi::append_attributes(entity, std::move(fragment), false, now);
    entity.modified_at = now;
    auto record = ngsi::encode(std::move(entity));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

Instant to_second(Instant t) {
  return {t.us - t.us % 1'000'000};
}

}  // namespace

IndicatorKeeper::IndicatorKeeper(store::Store& store, const store::Store& counted, KeeperOptions options)
    : store_(store), counted_from_(counted), options_(options), indicator_type_(name_of(kIndicatorType)) {
  store_.watch(*this);
}

IndicatorKeeper::~IndicatorKeeper() {
  store_.unwatch(*this);
  stop();
}

void IndicatorKeeper::start() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [tenant, name] : store_.tenants()) waiting_.insert(tenant);
    first_change_ = last_change_ = Clock::now() - options_.patience;
  }
  thread_ = std::thread([this] { run(); });
}

void IndicatorKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool IndicatorKeeper::concerns(store::TenantId tenant, ngsi::TermId type) const {
  const auto counted = counted_.find(tenant);
  return type == indicator_type_ || (counted != counted_.end() && counted->second.contains(type));
}

bool IndicatorKeeper::concerns(store::TenantId tenant, const ngsi::Record* record) const {
  for (std::uint16_t i = 0; record != nullptr && i < record->type_count(); ++i) {
    if (concerns(tenant, record->type(i))) return true;
  }
  return false;
}

void IndicatorKeeper::note(const std::set<store::TenantId>& tenants) {
  if (tenants.empty()) return;
  last_change_ = Clock::now();
  if (waiting_.empty()) first_change_ = last_change_;
  waiting_.insert(tenants.begin(), tenants.end());
  changed_.notify_all();
}

void IndicatorKeeper::committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) {
  const std::lock_guard lock(mutex_);
  std::set<store::TenantId> tenants;
  for (const store::EntityChange& change : changes) {
    if (concerns(change.tenant, change.before.get()) || concerns(change.tenant, change.after.get())) {
      tenants.insert(change.tenant);
    }
  }
  note(tenants);
}

void IndicatorKeeper::past_committed(std::span<const store::PastChange> changes) {
  const std::lock_guard lock(mutex_);
  std::set<store::TenantId> tenants;
  for (const store::PastChange& change : changes) {
    // Not of indicators: their own past is what is written here.
    if (change.record && change.record->has_type(indicator_type_)) continue;
    if (concerns(change.tenant, change.record.get()) ||
        std::any_of(change.types.begin(), change.types.end(),
                    [&](ngsi::TermId type) { return type != indicator_type_ && concerns(change.tenant, type); })) {
      tenants.insert(change.tenant);
    }
  }
  note(tenants);
}

void IndicatorKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto time = std::min(last_change_ + options_.quiet, first_change_ + options_.patience);
    if (Clock::now() < time) {
      changed_.wait_until(lock, time);
      continue;
    }
    const std::set<store::TenantId> tenants = std::exchange(waiting_, {});
    lock.unlock();
    for (const store::TenantId tenant : tenants) compute_all(tenant);
    lock.lock();
  }
}

void IndicatorKeeper::compute_all(store::TenantId tenant) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, indicator_type_, {}};
  selection.at = now();
  std::vector<ngsi::RecordPtr> records;
  const auto cursor = store_.query(tenant, std::move(selection));
  while (cursor->step(kStep, kStep, records)) {
  }
  std::set<ngsi::TermId> counted;
  for (const ngsi::RecordPtr& record : records) {
    const Indicator indicator = read_indicator(*record);
    if (!indicator.definition) continue;
    collect(indicator.definition->of, counted);
    if (indicator.definition->by) collect(*indicator.definition->by, counted);
  }
  {
    // Before anything is read: a change from here on is noticed.
    const std::lock_guard lock(mutex_);
    counted_[tenant] = std::move(counted);
  }
  for (const ngsi::RecordPtr& record : records) keep(tenant, record);
}

void IndicatorKeeper::keep(store::TenantId tenant, const ngsi::RecordPtr& record) {
  const Indicator indicator = read_indicator(*record);
  if (!indicator.definition_fault.empty()) {
    log::warn("Indicator {}: {}", indicator.id, indicator.definition_fault);
  }
  std::vector<Computed> values;
  if (indicator.definition) {
    const auto of = gather(counted_from_, tenant, indicator.definition->of);
    const auto by =
        indicator.definition->by ? gather(counted_from_, tenant, *indicator.definition->by) : Result<Inputs>(Inputs{});
    if (!of || !by) {
      log::warn("Indicator {}: {}", indicator.id, of ? by.error().detail : of.error().detail);
      return;
    }
    values = compute(*indicator.definition, *of, indicator.definition->by ? &*by : nullptr, indicator.digits,
                     indicator.rounding);
  }
  // A count begins when there is something to count: before, what was entered stands.
  if (!indicator.computed && values.size() == 1 && values[0].at == kNoInstant && values[0].numerator.is_zero()) {
    values.clear();
  }
  std::vector<store::Write> writes;
  if (values.empty()) {
    const IndicatorValue* const shown = indicator.shown();
    writes.push_back(
        store::EntityWrite{tenant, indicator.id,
                           put_figures(std::nullopt, shown ? achievements(indicator, shown->value, shown->at)
                                                           : std::vector<ngsi::Attribute>{})});
    return write(std::move(writes), indicator.id);
  }
  const Computed& newest = values.back();
  const auto& had = indicator.computed;
  // What is counted now stays as of when it became so.
  const bool unchanged =
      newest.at == kNoInstant && had && had->value == newest.value && had->provenance == provenance_of(newest);
  const Instant at = newest.at != kNoInstant ? newest.at : unchanged ? had->at : to_second(now());
  Memory memory;
  const store::SeriesKey series{name_of("kpiValue"), ""};
  {
    auto reader = store_.history(tenant);
    if (!reader || !(*reader)->scan(indicator.id, series, {}, false, memory)) return;
  }
  store::HistoryWrite past;
  past.tenant = tenant;
  past.id = indicator.id;
  for (const Instant written : memory.superseded) past.forget_instances.push_back({series, written});
  for (const Computed& c : std::span(values).first(values.size() - 1)) {
    const auto there = memory.points.find(c.at);
    ngsi::Attribute made = value_attribute(c, indicator, c.at);
    if (there == memory.points.end()) {
      past.add.push_back(std::move(made));
    } else if (there->second.value != made.value || there->second.provenance != made.subs.front().value) {
      past.replace.push_back({{series, there->second.written}, std::move(made)});
    }
  }
  if (!past.add.empty() || !past.replace.empty() || !past.forget_instances.empty()) writes.push_back(std::move(past));
  writes.push_back(store::EntityWrite{
      tenant, indicator.id,
      put_figures(value_attribute(newest, indicator, at), achievements(indicator, newest.value, at))});
  write(std::move(writes), indicator.id);
}

void IndicatorKeeper::write(std::vector<store::Write> writes, const std::string& id) {
  std::promise<std::vector<store::Outcome>> promise;
  auto done = promise.get_future();
  store_.submit(std::move(writes),
                [&promise](std::vector<store::Outcome> outcomes) { promise.set_value(std::move(outcomes)); });
  for (const store::Outcome& outcome : done.get()) {
    if (!outcome.result) log::warn("Indicator {} cannot be kept up to date: {}", id, outcome.result.error().detail);
  }
}

}  // namespace tsunagu::catalog
