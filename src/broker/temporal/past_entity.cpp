#include "broker/temporal/past_entity.h"

#include <algorithm>
#include <utility>

#include "broker/temporal/visitors.h"
#include "store/history/last_state.h"

namespace tsunagu::broker {
namespace {

/// The part of `window` from `from` to `to`; kNoInstant: open.
ngsi::TimeWindow cut(ngsi::TimeWindow window, Instant from, Instant to) {
  if (from != kNoInstant) window.from = std::max(window.from, from);
  if (to != kNoInstant && (window.to == kNoInstant || to < window.to)) window.to = to;
  return window;
}

bool empty(const ngsi::TimeWindow& window) {
  return window.from != kNoInstant && window.to != kNoInstant && window.to <= window.from;
}

}  // namespace

Candidate::Candidate(ngsi::RecordPtr record)
    : id(record->id()),
      current(std::move(record)),
      created_at(current->created_at()),
      modified_at(current->modified_at()) {
  for (std::uint16_t i = 0; i < current->type_count(); ++i) types.push_back(current->type(i));
}

Candidate::Candidate(store::RememberedEntity remembered)
    : id(std::move(remembered.id)),
      types(std::move(remembered.types)),
      created_at(remembered.created_at),
      modified_at(remembered.modified_at),
      deleted_at(remembered.deleted_at) {}

ngsi::RecordPtr Candidate::outline() const {
  ngsi::Entity entity;
  entity.id = id;
  entity.types = types;
  auto record = ngsi::encode(std::move(entity));
  return record ? *record : nullptr;
}

Result<std::vector<store::SeriesKey>> PastEntity::series(const ngsi::TemporalRepresentation& how) {
  if (!series_) {
    auto found = history_.series(who_.id);
    if (!found) return found;
    series_ = std::move(*found);
  }
  std::vector<store::SeriesKey> wanted;
  for (const store::SeriesKey& key : *series_) {
    if (ngsi::shows_attribute(how, key.name) && ngsi::wants_dataset(how, key.dataset_id)) wanted.push_back(key);
  }
  return wanted;
}

Result<std::vector<ngsi::TimeWindow>> PastEntity::windows(const std::optional<ngsi::ScopeExpr>& scope) {
  std::vector<ngsi::TimeWindow> windows;
  if (when_.impossible()) return windows;
  if (!scope) {
    windows.push_back(when_.window);
    return windows;
  }
  const auto past = states();
  if (!past) return tl::unexpected(past.error());
  for (std::size_t i = 0; i < past->size(); ++i) {
    const store::EntityState& state = (*past)[i];
    ngsi::Entity entity;
    entity.id = who_.id;
    entity.scopes = state.scopes;
    const auto record = ngsi::encode(std::move(entity));
    if (state.deleted || !record || !ngsi::matches(*scope, **record)) continue;
    const Instant from = i == 0 ? kNoInstant : state.at;
    const Instant to = i + 1 < past->size() ? (*past)[i + 1].at : kNoInstant;
    if (!windows.empty() && i > 0 && windows.back().to == from) {
      windows.back().to = cut(when_.window, from, to).to;
      continue;
    }
    const ngsi::TimeWindow window = cut(when_.window, from, to);
    if (!empty(window)) windows.push_back(window);
  }
  return windows;
}

Result<void> PastEntity::scan(const store::SeriesKey& series, const std::vector<ngsi::TimeWindow>& windows,
                              bool newest_first, store::SeriesVisitor& visitor) {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto& window = windows[newest_first ? windows.size() - 1 - i : i];
    if (auto ok = history_.scan(who_.id, series, window, newest_first, visitor); !ok) return ok;
  }
  return {};
}

Result<bool> PastEntity::selected(const Filter& filter, const ngsi::TemporalRepresentation& how) {
  auto windows = this->windows(filter.scope);
  if (!windows) return tl::unexpected(windows.error());
  windows_ = std::move(*windows);
  if (windows_.empty()) return false;
  // A projection that names no attribute is about all of them.
  ngsi::TemporalRepresentation all;
  all.basic.dataset_id = how.basic.dataset_id;
  const auto wanted = series(ngsi::names_attributes(how.basic) ? how : all);
  if (!wanted) return tl::unexpected(wanted.error());
  bool any = false;
  for (const store::SeriesKey& key : *wanted) {
    FirstPoint first;
    if (auto ok = scan(key, windows_, false, first); !ok) return tl::unexpected(ok.error());
    if ((any = first.found())) break;
  }
  if (!any) return false;
  for (const ngsi::QueryExpr& q : filter.q) {
    const auto held = holds(q);
    if (!held || !*held) return held;
  }
  return filter.geo ? holds(*filter.geo) : true;
}

Result<bool> PastEntity::has_points(const store::SeriesKey& series) {
  ngsi::TimeWindow always;
  always.property = when_.window.property;
  FirstPoint first;
  if (auto ok = history_.scan(who_.id, series, always, false, first); !ok) return tl::unexpected(ok.error());
  return first.found();
}

/// Does a visitor find something in the windows of one of the attribute's series? Where no series has points by the
/// time property at all, the fallback says.
template <class Visitor, class Fallback>
Result<bool> PastEntity::any_instance(ngsi::TermId name, Visitor make, Fallback fallback) {
  if (name == ngsi::kNoTerm) return false;
  bool timed = false;
  for (const store::SeriesKey& key : *series_) {
    if (key.name != name) continue;
    auto visitor = make();
    if (auto ok = scan(key, windows_, false, visitor); !ok) return tl::unexpected(ok.error());
    if (visitor.found) return true;
    timed = timed || visitor.met;
    if (timed) continue;
    const auto points = has_points(key);
    if (!points) return points;
    timed = *points;
  }
  if (timed) return false;
  const auto now = record();
  if (!now) return tl::unexpected(now.error());
  return *now && fallback(**now);
}

Result<bool> PastEntity::holds(const ngsi::QueryExpr& q) {
  using Kind = ngsi::QueryExpr::Kind;
  if (q.kind == Kind::kAnd || q.kind == Kind::kOr) {
    for (const ngsi::QueryExpr& child : q.children) {
      const auto held = holds(child);
      if (!held || *held == (q.kind == Kind::kOr)) return held;
    }
    return q.kind == Kind::kAnd;
  }
  const auto now_holds = [&q](const ngsi::Record& record) { return ngsi::matches(q, record, nullptr); };
  if (q.path.of_entity) {
    const auto now = record();
    if (!now) return tl::unexpected(now.error());
    return *now && now_holds(**now);
  }
  return any_instance(
      q.path.name, [&q] { return AnyMatch(q); }, now_holds);
}

Result<bool> PastEntity::holds(const ngsi::GeoQuery& geo) {
  const auto make = [&geo] {
    return AnyPoint([&geo](ngsi::AttributeView a) {
      return a.kind() == ngsi::AttrKind::kGeoProperty && geo.matches_geometry(a.value());
    });
  };
  return any_instance(geo.geoproperty(), make, [&geo](const ngsi::Record& record) { return geo.matches(record); });
}

Result<ngsi::RecordPtr> PastEntity::record() {
  if (who_.current) return who_.current;
  if (record_) return record_;
  auto made = store::last_state(history_, {who_.id, who_.types, who_.created_at, who_.modified_at, who_.deleted_at});
  if (!made) return made;
  record_ = std::move(*made);
  return record_;
}

}  // namespace tsunagu::broker
