// What the engine learns of entities besides those that a rule is for: linked ones, and what people did by hand.
#include "automation/engine.h"
#include "base/json.h"
#include "ngsi/context.h"

namespace tsunagu::automation {
namespace {

constexpr std::string_view kHandDocuments = "automation-by-hand";
constexpr std::size_t kFollowedAtOnce = 1024;
constexpr std::size_t kMaxFollowed = 10'000;  ///< entities that are looked at because of one change
constexpr std::int64_t kHandsForUs = std::int64_t{31} * 86'400 * 1'000'000;

bool differs(const store::EntityChange& change, ngsi::TermId term) {
  const auto view = [term](const ngsi::RecordPtr& record) {
    return record ? record->find(term) : ngsi::AttributeView(nullptr);
  };
  const ngsi::AttributeView was = view(change.before), is = view(change.after);
  if (was.data() == nullptr || is.data() == nullptr) return was.data() != is.data();
  return was.value() != is.value() || was.modified_at() != is.modified_at();
}

ngsi::QueryExpr leads_to(ngsi::TermId relationship, const std::string& id) {
  ngsi::QueryValue value;
  value.type = ngsi::QueryValue::Type::kUri;
  value.text = id;
  append_json_string(value.json, id);
  ngsi::QueryExpr out;
  out.kind = ngsi::QueryExpr::Kind::kCompare;
  out.path.name = relationship;
  out.values.push_back(std::move(value));
  return out;
}

}  // namespace

std::vector<std::pair<store::TenantId, ngsi::TermId>> Engine::followed() const {
  std::vector<std::pair<store::TenantId, ngsi::TermId>> out;
  for (const auto& [place, rules] : follows_) out.push_back(place);
  return out;
}

void Engine::follow(const store::EntityChange& change, const std::string& id, const Chain& chain) {
  std::vector<Follow> found;
  const auto look = [&](const ngsi::RecordPtr& record, bool gone) {
    if (!record) return;
    for (const ngsi::AttributeView each : record->attributes()) {
      if (gone && change.after && change.after->find(each.name()).data() != nullptr) continue;
      const auto rules = follows_.find({change.tenant, each.name()});
      if (rules == follows_.end() || !differs(change, each.name())) continue;
      found.insert(found.end(), rules->second.begin(), rules->second.end());
    }
  };
  look(change.after, false);
  look(change.before, true);
  for (const Follow& each : found) {
    const auto live = by_serial_.find(each.serial);
    if (live == by_serial_.end()) continue;
    const Rule& rule = *live->second->kept.rule;
    const bool triggered = rule.trigger.implied;
    ngsi::Selection selection = selection_of(rule);
    selection.at = wall_.now;
    selection.q.push_back(leads_to(each.relationship, id));
    const auto cursor = store_.query(change.tenant, std::move(selection));
    std::vector<ngsi::RecordPtr> records;
    std::size_t looked = 0;
    for (bool more = true; more && looked < kMaxFollowed;) {
      records.clear();
      more = cursor->step(kFollowedAtOnce, kFollowedAtOnce, records);
      looked += records.size();
      for (const ngsi::RecordPtr& record : records) {
        const auto still = by_serial_.find(each.serial);
        if (still == by_serial_.end()) break;  // it was halted
        look_at(*still->second, std::string(record->id()), record, nullptr, triggered, chain,
                world_of(change.tenant, record.get()));
      }
    }
  }
}

void Engine::note_hand(const Place& place, Instant now) {
  by_hand_[place] = now;
  const auto& [tenant, id, term] = place;
  std::vector<store::Write> writes;
  writes.emplace_back(store::DocumentWrite{tenant, std::string(kHandDocuments), id + " " + std::string(ngsi::terms().text(term)),
                                           to_string(now)});
  store_.submit(std::move(writes), [](std::vector<store::Outcome>) {});
}

void Engine::forget_hand(const Place& place) {
  if (by_hand_.erase(place) == 0) return;
  const auto& [tenant, id, term] = place;
  std::vector<store::Write> writes;
  writes.emplace_back(store::DocumentWrite{tenant, std::string(kHandDocuments), id + " " + std::string(ngsi::terms().text(term)),
                                           std::nullopt});
  store_.submit(std::move(writes), [](std::vector<store::Outcome>) {});
}

void Engine::load_hands(store::TenantId tenant) {
  Instant latest;
  std::vector<std::pair<Place, Instant>> read;
  for (const auto& [key, text] : store_.documents(tenant, kHandDocuments)) {
    const std::size_t space = key.rfind(' ');
    const auto at = parse_instant(text);
    if (space == std::string::npos || !at) continue;
    read.emplace_back(Place{tenant, key.substr(0, space), ngsi::terms().intern(key.substr(space + 1))}, *at);
    latest = std::max(latest, *at);
  }
  for (const auto& [place, at] : read) {
    by_hand_[place] = at;
    if (at.us + kHandsForUs < latest.us) forget_hand(place);
  }
}

}  // namespace tsunagu::automation
