#include "automation/trial.h"

#include <algorithm>
#include <map>
#include <memory>

#include "automation/calendar.h"
#include "automation/words.h"
#include "base/json_object.h"
#include "ngsi/context.h"
#include "trust/view.h"

namespace tsunagu::automation {
namespace {

constexpr std::size_t kMaxSteps = 2'000'000;  ///< of one entity: a rule that is looked at every minute, for years

struct Point {
  Instant at;
  ngsi::Attribute attribute;
  bool deleted = false;
};

class PointVisitor final : public store::SeriesVisitor {
 public:
  PointVisitor(std::vector<Point>& out, std::size_t& left) : out_(out), left_(left) {}
  bool point(const store::HistoryPoint& p) override {
    if (left_ == 0) return false;
    --left_;
    out_.push_back({p.at, ngsi::decode(p.instance), p.deleted != kNoInstant});
    return true;
  }

 private:
  std::vector<Point>& out_;
  std::size_t& left_;
};

/// The value that stood last before an instant.
class LastVisitor final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& p) override {
    found = Point{p.at, ngsi::decode(p.instance), p.deleted != kNoInstant};
    return false;
  }
  std::optional<Point> found;
};

/// One entity through time: what it was at the instant to which it was brought.
class PastEntity {
 public:
  /// `terms` empty: every attribute.
  static std::unique_ptr<PastEntity> load(const store::Store& store, store::HistoryReader& reader,
                                          store::TenantId tenant, std::string_view id, Instant from, Instant to,
                                          const std::vector<ngsi::TermId>& terms, std::size_t& left) {
    auto out = std::unique_ptr<PastEntity>(new PastEntity);
    const ngsi::RecordPtr now = store.find(tenant, id);
    if (now) {
      out->entity_ = ngsi::decode(*now);
      std::erase_if(out->entity_.attributes, [&](const ngsi::Attribute& a) { return wanted(a.name, terms); });
    } else if (auto there = reader.entity(id); there && *there) {
      out->entity_.types = (*there)->types;
    } else {
      return nullptr;
    }
    out->entity_.id = std::string(id);
    auto series = reader.series(id);
    if (!series) return nullptr;
    for (const store::SeriesKey& key : *series) {
      if (!key.dataset_id.empty() || !wanted(key.name, terms)) continue;
      store::TimeWindow before, during;
      before.to = from;
      before.everything = during.everything = true;
      during.from = from;
      during.to = to;
      LastVisitor last;
      if (!reader.scan(id, key, before, true, last)) return nullptr;
      if (last.found && !last.found->deleted) out->set(*last.found);
      std::vector<Point> mine;
      PointVisitor visitor(mine, left);
      if (!reader.scan(id, key, during, false, visitor)) return nullptr;
      // What was written once and never observed (a relationship, a name) counts as having been so always.
      const bool constant = mine.empty() || (mine.size() == 1 && mine[0].attribute.observed_at == kNoInstant);
      if (!last.found && constant && now) {
        if (const ngsi::AttributeView view = now->find(key.name); view.data() != nullptr) {
          if (view.parts().observed_at == kNoInstant) out->set({from, ngsi::decode(view), false});
        }
        continue;
      }
      std::move(mine.begin(), mine.end(), std::back_inserter(out->points_));
    }
    std::stable_sort(out->points_.begin(), out->points_.end(),
                     [](const Point& a, const Point& b) { return a.at < b.at; });
    return out;
  }

  /// When the next point is; kNoInstant: there is none.
  Instant next() const { return at_ < points_.size() ? points_[at_].at : kNoInstant; }
  /// Takes every point up to `t`; `changed` receives the attributes.
  void bring_to(Instant t, std::vector<ngsi::TermId>* changed = nullptr) {
    for (; at_ < points_.size() && points_[at_].at <= t; ++at_) {
      set(points_[at_]);
      if (changed != nullptr) changed->push_back(points_[at_].attribute.name);
    }
  }
  const ngsi::RecordPtr& record() const {
    if (!record_) {
      if (auto made = ngsi::encode(entity_)) record_ = std::move(*made);
    }
    return record_;
  }

 private:
  static bool wanted(ngsi::TermId name, const std::vector<ngsi::TermId>& terms) {
    return terms.empty() || std::find(terms.begin(), terms.end(), name) != terms.end();
  }
  void set(const Point& point) {
    record_ = nullptr;
    const auto there = std::find_if(entity_.attributes.begin(), entity_.attributes.end(),
                                    [&](const ngsi::Attribute& a) { return a.name == point.attribute.name; });
    if (there != entity_.attributes.end()) entity_.attributes.erase(there);
    if (point.deleted) return;
    entity_.attributes.push_back(point.attribute);
    entity_.attributes.back().modified_at = point.at;
    entity_.sort_attributes();
  }

  ngsi::Entity entity_;
  std::vector<Point> points_;
  std::size_t at_ = 0;
  mutable ngsi::RecordPtr record_;
};

/// Linked entities as they were.
class PastLinked final : public ngsi::Linked {
 public:
  PastLinked(const store::Store& store, store::HistoryReader& reader, store::TenantId tenant, Instant from, Instant to,
             std::size_t& left)
      : store_(store), reader_(reader), tenant_(tenant), from_(from), to_(to), left_(left) {}
  void bring_to(Instant t) {
    now_ = t;
    for (auto& [id, entity] : entities_) {
      if (entity) entity->bring_to(t);
    }
  }
  ngsi::RecordPtr find(std::string_view id) const override {
    auto found = entities_.find(id);
    if (found == entities_.end()) {
      auto loaded = PastEntity::load(store_, reader_, tenant_, id, from_, to_, {}, left_);
      if (loaded) loaded->bring_to(now_);
      found = entities_.emplace(std::string(id), std::move(loaded)).first;
    }
    return found->second ? found->second->record() : nullptr;
  }

 private:
  const store::Store& store_;
  store::HistoryReader& reader_;
  const store::TenantId tenant_;
  const Instant from_, to_;
  std::size_t& left_;
  Instant now_;
  mutable std::map<std::string, std::unique_ptr<PastEntity>, std::less<>> entities_;
};

class Trial {
 public:
  Trial(const Rule& rule, TrialReport& report, const TrialLimits& limits)
      : rule_(rule), report_(report), limits_(limits) {}

  void run(const std::string& id, PastEntity& past, PastLinked& linked) {
    State state;
    Instant now = report_.from, occurrence = next_occurrence(rule_, report_.from), since;
    std::size_t steps = 0;
    linked.bring_to(now);
    take(id, past, linked, state, now, nullptr, false, since);
    while (true) {
      Instant next = past.next();
      for (const Instant each : {occurrence, state.due}) {
        if (each != kNoInstant && (next == kNoInstant || each < next)) next = each;
      }
      if (next == kNoInstant || next >= report_.to) break;
      if (++steps > kMaxSteps) {
        report_.complete = false;
        break;
      }
      now = std::max(now, next);
      const ngsi::RecordPtr before = past.record();
      std::vector<ngsi::TermId> changed;
      past.bring_to(now, &changed);
      linked.bring_to(now);
      bool triggered = std::any_of(changed.begin(), changed.end(), [&](ngsi::TermId term) {
        const auto& watched = rule_.trigger.terms;
        return std::find(watched.begin(), watched.end(), term) != watched.end();
      });
      if (occurrence != kNoInstant && occurrence <= now) {
        triggered = true;
        occurrence = next_occurrence(rule_, now);
      }
      take(id, past, linked, state, now, changed.empty() ? nullptr : before.get(), triggered, since);
    }
    if (state.active && since != kNoInstant) add_hours(since, report_.to);
  }

 private:
  void add_hours(Instant from, Instant to) {
    report_.active_hours += static_cast<double>(to.us - from.us) / 3.6e9;
  }
  void take(const std::string& id, const PastEntity& past, const PastLinked& linked, State& state, Instant now,
            const ngsi::Record* before, bool triggered, Instant& since) {
    const ngsi::RecordPtr record = past.record();
    const Moment moment{now, record.get(), before, &linked, triggered, false};
    std::vector<Step> steps;
    step(rule_, state, moment, steps);
    for (const Step& each : steps) {
      if (each.event == Event::kFired) {
        ++report_.fired;
        since = now;
      } else {
        if (since != kNoInstant && each.event != Event::kRefused) add_hours(since, now);
        if (each.event != Event::kRefused) since = kNoInstant;
        report_.ended += each.event == Event::kEnded ? 1 : 0;
        report_.safe += each.event == Event::kSafe ? 1 : 0;
        report_.refused += each.event == Event::kRefused ? 1 : 0;
      }
      if (report_.events.size() < limits_.told) {
        report_.events.push_back({now, id, each.event, reason_of(rule_, each, moment)});
      } else {
        report_.complete = false;
      }
    }
  }

  const Rule& rule_;
  TrialReport& report_;
  const TrialLimits& limits_;
};

}  // namespace

Result<TrialReport> try_rule(store::Store& store, const trust::Authority& authority, const KeptRule& kept, Instant from,
                             Instant to, const TrialLimits& limits) {
  const Rule& rule = *kept.rule;
  const trust::View view(store, authority, kept.owner.subject, kept.owner.purpose);
  TrialReport report;
  report.from = from;
  report.to = to;
  std::size_t left = limits.points;
  ngsi::Selection selection = selection_of(rule);
  selection.q.clear();  // whether it is one of `where` was perhaps different then
  selection.at = now();
  std::vector<ngsi::RecordPtr> entities;
  const auto cursor = view.query(kept.tenant, std::move(selection));
  while (entities.size() <= limits.entities && cursor->step(1024, limits.entities + 1, entities)) {
  }
  if (entities.size() > limits.entities) {
    entities.resize(limits.entities);
    report.complete = false;
  }
  auto reader = view.history(kept.tenant);
  if (!reader) return tl::unexpected(reader.error());
  const std::vector<ngsi::TermId> terms = attributes_of(rule);
  Trial trial(rule, report, limits);
  for (const ngsi::RecordPtr& entity : entities) {
    const std::string id(entity->id());
    const auto past = PastEntity::load(view, **reader, kept.tenant, id, from, to, terms, left);
    if (!past) continue;
    PastLinked linked(view, **reader, kept.tenant, from, to, left);
    trial.run(id, *past, linked);
    ++report.entities;
  }
  report.points = limits.points - left;
  if (left == 0) report.complete = false;
  std::stable_sort(report.events.begin(), report.events.end(),
                   [](const TrialEvent& a, const TrialEvent& b) { return a.at < b.at; });
  return report;
}

std::string to_json(const TrialReport& r) {
  std::string events = "[";
  for (const TrialEvent& each : r.events) {
    if (events.size() > 1) events += ',';
    std::string reason;
    JsonObject(reason).text("ja", each.reason.ja).text("en", each.reason.en).end();
    JsonObject(events)
        .text("at", to_string(each.at))
        .text("entity", each.entity)
        .text("event", name(each.event))
        .json("reason", reason)
        .end();
  }
  events += ']';
  std::string out;
  JsonObject(out)
      .text("from", to_string(r.from))
      .text("to", to_string(r.to))
      .number("entities", r.entities)
      .number("points", r.points)
      .number("fired", r.fired)
      .number("ended", r.ended)
      .number("safe", r.safe)
      .number("refused", r.refused)
      .number("activeHours", r.active_hours)
      .truth("complete", r.complete)
      .json("events", events)
      .end();
  return out;
}

}  // namespace tsunagu::automation
