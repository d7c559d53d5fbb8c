#include "broker/temporal/collect.h"

#include <algorithm>

#include "broker/temporal/visitors.h"

namespace tsunagu::broker {

using ngsi::TemporalFormat;
using Relation = ngsi::TemporalQuery::Relation;

Result<ngsi::EvolutionText> Collector::collect() {
  const ngsi::TemporalRepresentation& how = request_.how;
  ngsi::EvolutionText out;
  out.id = who_.id;
  out.types = who_.types;
  out.created_at = who_.created_at;
  out.modified_at = who_.modified_at;
  out.deleted_at = who_.deleted_at;
  auto windows = past_.windows(scope_);
  if (!windows) return tl::unexpected(windows.error());
  windows_ = std::move(*windows);

  if (ngsi::shows_member(how, "type") || ngsi::shows_member(how, "scope")) {
    const auto states = past_.states();
    if (!states) return tl::unexpected(states.error());
    for (const store::EntityState& state : *states) {
      for (const ngsi::TermId type : state.types) {
        if (std::find(out.types.begin(), out.types.end(), type) == out.types.end()) out.types.push_back(type);
      }
    }
    if (ngsi::shows_member(how, "scope") && how.format != TemporalFormat::kAggregatedValues) add_scope(out, *states);
  }
  const auto wanted = past_.series(how);
  if (!wanted) return tl::unexpected(wanted.error());
  if (how.format == TemporalFormat::kAggregatedValues) {
    if (auto ok = find_ends(*wanted); !ok) return tl::unexpected(ok.error());
  }
  for (const store::SeriesKey& key : *wanted) {
    if (out.attributes.empty() || out.attributes.back().name != key.name) out.attributes.push_back({key.name, {}});
    ngsi::AttributeText& into = out.attributes.back();
    const auto ok = how.format == TemporalFormat::kAggregatedValues ? aggregate(into, key) : series(into, key);
    if (!ok) return tl::unexpected(ok.error());
    if (shared_.overflow) break;
  }
  return out;
}

Result<void> Collector::series(ngsi::AttributeText& into, const store::SeriesKey& key) {
  const ngsi::TemporalQuery& when = request_.when;
  const bool newest_first = when.last_n.has_value();
  const std::uint64_t most = std::min(shared_.cap, when.last_n.value_or(shared_.cap));
  ngsi::SeriesWriter writer(into, who_.id, key.dataset_id, context_, request_.how);
  WriteInstances visitor(writer, most, shared_.bytes_left);
  if (auto ok = past_.scan(key, windows_, newest_first, visitor); !ok) return ok;
  if (visitor.overflow()) {
    shared_.overflow = true;
    return {};
  }
  shared_.bytes_left -= writer.bytes();
  if (visitor.left() == most) {
    if (!request_.how.keep_empty || request_.how.format != TemporalFormat::kTemporalValues) return {};
    ngsi::TimeWindow ever;
    ever.everything = true;
    FirstPoint last;
    if (auto ok = past_.scan(key, {ever}, true, last); !ok) return ok;
    if (last.found()) writer.note(last.kind);
    return {};
  }
  if (visitor.truncated() && most == shared_.cap && most != when.last_n) {
    const Instant last = writer.last();
    if (shared_.cut == kNoInstant) {
      shared_.cut = last;
    } else {
      shared_.cut = newest_first ? std::max(shared_.cut, last) : std::min(shared_.cut, last);
    }
  }
  return {};
}

/// Where the periods begin, and where the one that spans everything ends (clause 4.5.19, C.5.14): at the times of the
/// query, else at the first and the last of the instances.
Result<void> Collector::find_ends(const std::vector<store::SeriesKey>& wanted) {
  anchor_ = request_.when.window.from;
  end_ = request_.when.window.to;
  const bool whole = request_.how.aggregation.period.zero();
  const bool need_first = anchor_ == kNoInstant, need_last = whole && end_ == kNoInstant;
  for (const store::SeriesKey& key : wanted) {
    FirstPoint first, last;
    if (need_first) {
      if (auto ok = past_.scan(key, windows_, false, first); !ok) return ok;
      if (first.found() && (anchor_ == kNoInstant || first.at < anchor_)) anchor_ = first.at;
    }
    if (need_last) {
      if (auto ok = past_.scan(key, windows_, true, last); !ok) return ok;
      if (last.found()) end_ = std::max(end_, last.at);
    }
  }
  return {};
}

Result<void> Collector::aggregate(ngsi::AttributeText& into, const store::SeriesKey& key) {
  const ngsi::Aggregation& what = request_.how.aggregation;
  ngsi::Aggregator aggregator(what, anchor_, end_);
  Aggregate visitor(aggregator, shared_.rows_left / what.methods.size());
  if (auto ok = past_.scan(key, windows_, false, visitor); !ok) return ok;
  aggregator.finish();
  const std::uint64_t rows = aggregator.periods() * what.methods.size();
  if (rows > shared_.rows_left) {
    shared_.overflow = true;
    return {};
  }
  shared_.rows_left -= rows;
  if (rows == 0) return {};
  ngsi::SeriesText& text = into.series.emplace_back();
  text.dataset_id = key.dataset_id;
  text.kind = visitor.kind;
  for (std::size_t i = 0; i < what.methods.size(); ++i) {
    if (aggregator.refused(i) && ngsi::is_requested(request_.how, key.name)) {
      return fail(ErrorCode::kInvalidRequest, "the values of attribute " + std::string(ngsi::terms().text(key.name)) +
                                                  " have no " + std::string(ngsi::name(what.methods[i])));
    }
    text.aggregates.push_back(aggregator.take_rows(i));
    shared_.bytes_left -= std::min(shared_.bytes_left, text.aggregates.back().size());
  }
  if (shared_.bytes_left == 0) shared_.overflow = true;
  return {};
}

/// The scope in the window: what it was at its beginning, and each change. A deletion is the time when there was none
/// any more.
void Collector::add_scope(ngsi::EvolutionText& out, const std::vector<store::EntityState>& states) {
  const ngsi::TimeWindow& window = request_.when.window;
  if (request_.when.impossible()) return;
  struct Scope {
    Instant at;
    const std::vector<std::string>* scopes;
    bool deleted;
  };
  static const std::vector<std::string> kNone;
  std::vector<Scope> changes;
  for (const store::EntityState& state : states) {
    const auto& scopes = state.deleted ? kNone : state.scopes;
    if (changes.empty() ? scopes.empty() : *changes.back().scopes == scopes) continue;
    changes.push_back({state.at, &scopes, scopes.empty()});
  }
  std::vector<Scope> shown;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Instant next = i + 1 < changes.size() ? changes[i + 1].at : kNoInstant;
    const bool over = window.from != kNoInstant && next != kNoInstant && next <= window.from;
    const bool early = window.to != kNoInstant && changes[i].at >= window.to;
    const bool valid = !changes[i].deleted && window.property != ngsi::TimeProperty::kDeletedAt && !over && !early;
    const bool gone =
        changes[i].deleted &&
        (window.everything || (window.property == ngsi::TimeProperty::kDeletedAt && window.contains(changes[i].at)));
    if (valid || gone) shown.push_back(changes[i]);
  }
  if (changes.empty() || (shown.empty() && !request_.how.keep_empty)) return;
  if (shown.empty() && request_.how.format == TemporalFormat::kNormalized) return;
  const std::uint64_t last_n = std::min<std::uint64_t>(request_.when.last_n.value_or(shared_.cap), shared_.cap);
  if (shown.size() > last_n) shown.erase(shown.begin(), shown.end() - static_cast<std::ptrdiff_t>(last_n));
  out.scope.emplace();
  for (const Scope& scope : shown) ngsi::append_scope(*out.scope, scope.at, *scope.scopes, scope.deleted, request_.how);
}

}  // namespace tsunagu::broker
