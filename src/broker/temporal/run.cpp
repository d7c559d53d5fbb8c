#include <algorithm>
#include <chrono>
#include <utility>

#include "broker/query.h"
#include "broker/temporal.h"
#include "broker/temporal/collect.h"
#include "broker/temporal/past_entity.h"

namespace tsunagu::broker {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTurn = std::chrono::milliseconds(1);
constexpr auto kViewLife = std::chrono::milliseconds(200);  ///< a view of history holds a read transaction
constexpr std::size_t kBatch = 64;

/// Do pick and omit leave nothing of an entity that has these attributes and was this?
bool shows_nothing(const ngsi::TemporalRepresentation& how, const std::vector<store::SeriesKey>& shown,
                   const std::vector<store::EntityState>& states) {
  const bool scoped =
      std::any_of(states.begin(), states.end(), [](const auto& state) { return !state.scopes.empty(); });
  return shown.empty() && !ngsi::shows_member(how, "id") && !ngsi::shows_member(how, "type") &&
         !(scoped && ngsi::shows_member(how, "scope"));
}

tl::unexpected<Error> not_remembered(std::string_view id) {
  return fail(ErrorCode::kResourceNotFound, "nothing is remembered of an entity " + std::string(id));
}

}  // namespace

struct TemporalRun::State {
  enum class Phase : unsigned char { kExisting, kPast, kCollect, kDone };

  const store::Store& store;
  store::TenantId tenant;
  const ngsi::Context& context;
  const TemporalLimits& limits;
  TemporalRequest request;

  Filter filter;
  std::vector<ngsi::Selection> selectors;  ///< of selector_of()
  ngsi::Selection order;                   ///< of take_order()
  std::unique_ptr<PageQuery> existing;
  std::size_t place = 0;              ///< in existing->page()
  std::vector<std::string> past_ids;  ///< when all selectors name ids: these
  std::string past_after;

  std::unique_ptr<store::HistoryReader> view;
  Clock::time_point view_opened;

  Phase phase = Phase::kExisting;
  std::uint64_t examined = 0, met = 0;
  bool more = false;
  Ranking<Candidate> ranking;
  std::vector<Candidate> page;
  Collecting shared;
  std::uint64_t cap;
  std::vector<ngsi::EvolutionText> collected;
  std::optional<std::string> content_range;
  ngsi::TimeSpan kept;

  State(const store::Store& s, store::TenantId t, const ngsi::Context& c, const TemporalLimits& l, TemporalRequest r)
      : store(s),
        tenant(t),
        context(c),
        limits(l),
        request(std::move(r)),
        ranking(request.offset + request.limit),
        cap(std::max<std::uint64_t>(1, l.page)) {
    if (!request.id) split();
    restart();
  }

  void split();
  void restart();
  Result<store::HistoryReader*> reader();
  Result<void> check_periods() const;
  Result<bool> unit();
  Result<bool> retrieve();
  Result<bool> next_existing();
  Result<bool> next_past();
  Result<bool> fits_past(const Candidate& who) const;
  Result<bool> consider(Candidate who);
  Result<bool> select_done();
  Result<bool> collect();
  void set_range();
};

/// Takes the selections apart: what the store selects by, and what is looked for in the past.
void TemporalRun::State::split() {
  bool by_id = true;
  for (ngsi::Selection& selection : request.any_of) {
    selectors.push_back(selector_of(selection));
    by_id = by_id && !selection.ids.empty();
    past_ids.insert(past_ids.end(), selection.ids.begin(), selection.ids.end());
  }
  if (!by_id) past_ids.clear();
  std::sort(past_ids.begin(), past_ids.end());
  past_ids.erase(std::unique(past_ids.begin(), past_ids.end()), past_ids.end());
  ngsi::Selection& first = request.any_of.front();
  filter.q = std::move(first.q);
  filter.geo = first.geo;
  filter.scope = std::move(first.scope);
  order = take_order(first);
  std::vector<ngsi::Selection> wanted;
  for (const ngsi::Selection& who : selectors) {
    wanted.push_back(selector_of(who));
    wanted.back().at = first.at;
  }
  existing =
      std::make_unique<PageQuery>(store, tenant, PageRequest{std::move(wanted), 0, std::uint64_t{1} << 62, false, 0});
}

void TemporalRun::State::restart() {
  collected.clear();
  shared = {};
  shared.cap = cap;
  shared.bytes_left = limits.bytes;
  shared.rows_left = limits.rows;
}

Result<store::HistoryReader*> TemporalRun::State::reader() {
  const auto now = Clock::now();
  if (!view || now - view_opened > kViewLife) {
    view.reset();
    auto opened = store.history(tenant);
    if (!opened) return tl::unexpected(opened.error());
    view = std::move(*opened);
    view_opened = now;
  }
  return view.get();
}

/// Refuses periods that are too short for the time asked for, before anything is done for them.
Result<void> TemporalRun::State::check_periods() const {
  const ngsi::Duration& period = request.how.aggregation.period;
  if (request.how.format != ngsi::TemporalFormat::kAggregatedValues || period.zero()) return {};
  const ngsi::TimeWindow& window = request.when.window;
  const Instant now_is = now();
  const Instant end = window.to == kNoInstant ? now_is : window.to;
  if (window.from == kNoInstant || end <= window.from) return {};
  const auto periods = static_cast<std::uint64_t>(ngsi::whole_durations(window.from, period, end));
  if (periods <= limits.periods) return {};
  return fail(ErrorCode::kTooComplexQuery, "aggrPeriodDuration: there are " + std::to_string(periods) +
                                               " such periods in the time asked for; at most " +
                                               std::to_string(limits.periods) + " are possible");
}

Result<bool> TemporalRun::State::retrieve() {
  auto history = reader();
  if (!history) return tl::unexpected(history.error());
  auto remembered = (*history)->entity(*request.id);
  if (!remembered) return tl::unexpected(remembered.error());
  if (!*remembered) return not_remembered(*request.id);
  page.emplace_back(std::move(**remembered));
  PastEntity past(**history, page.back(), request.when);
  const auto shown = past.series(request.how);
  if (!shown) return tl::unexpected(shown.error());
  const bool only_attributes =
      !request.how.basic.attrs.empty() || std::all_of(request.how.basic.pick.begin(), request.how.basic.pick.end(),
                                                      [](const auto& node) { return node.member.empty(); });
  const auto states = past.states();
  if (!states) return tl::unexpected(states.error());
  if (shows_nothing(request.how, *shown, *states) || (shown->empty() && ngsi::names_attributes(request.how.basic) &&
                                                      only_attributes && !request.how.basic.dataset_id)) {
    return fail(ErrorCode::kResourceNotFound, "of entity " + *request.id + " none of these members is remembered");
  }
  phase = Phase::kCollect;
  return true;
}

Result<bool> TemporalRun::State::next_existing() {
  std::vector<ngsi::RecordPtr>& found = existing->page();
  if (place < found.size()) return consider(Candidate(std::move(found[place++])));
  found.clear();
  place = 0;
  const auto unfinished = existing->step(kBatch);
  if (!unfinished) return unfinished;
  if (!*unfinished && found.empty()) phase = Phase::kPast;
  return true;
}

/// Is it one that a selector takes, and not one that exists?
Result<bool> TemporalRun::State::fits_past(const Candidate& who) const {
  if (store.find(tenant, who.id)) return false;
  const ngsi::RecordPtr outline = who.outline();
  return outline && std::any_of(selectors.begin(), selectors.end(), [&](const ngsi::Selection& selector) {
           return ngsi::matches(selector, *outline, nullptr);
         });
}

Result<bool> TemporalRun::State::next_past() {
  auto history = reader();
  if (!history) return tl::unexpected(history.error());
  std::vector<Candidate> batch;
  bool last = false;
  if (!past_ids.empty()) {
    for (const std::string& id : past_ids) {
      auto remembered = (*history)->entity(id);
      if (!remembered) return tl::unexpected(remembered.error());
      if (*remembered) batch.emplace_back(std::move(**remembered));
    }
    last = true;
  } else {
    auto found = (*history)->past_entities(past_after, kBatch);
    if (!found) return tl::unexpected(found.error());
    last = found->size() < kBatch;
    if (!found->empty()) past_after = found->back().id;
    for (store::RememberedEntity& remembered : *found) batch.emplace_back(std::move(remembered));
  }
  for (Candidate& who : batch) {
    const auto fits = fits_past(who);
    if (!fits) return fits;
    if (!*fits) continue;
    const auto unfinished = consider(std::move(who));
    if (!unfinished) return unfinished;
    if (phase != Phase::kPast) return true;
  }
  return last ? select_done() : Result<bool>(true);
}

Result<bool> TemporalRun::State::consider(Candidate who) {
  if (limits.max_examined > 0 && ++examined > limits.max_examined) {
    return fail(ErrorCode::kTooComplexQuery,
                "more than " + std::to_string(limits.max_examined) +
                    " entities would have to be looked at: narrow the query by type or id");
  }
  auto history = reader();
  if (!history) return tl::unexpected(history.error());
  PastEntity past(**history, who, request.when);
  const auto selected = past.selected(filter, request.how);
  if (!selected) return selected;
  if (!*selected) return true;
  if (!order.order.empty()) {
    const auto record = past.record();
    if (!record) return tl::unexpected(record.error());
    if (*record) {
      ++met;
      more = !ranking.offer(ngsi::order_key(order, **record, nullptr), std::move(who)) || more;
    }
    return true;
  }
  const std::uint64_t number = met++;
  if (number < request.offset) return true;
  if (number - request.offset < request.limit) {
    page.push_back(std::move(who));
  } else {
    more = true;
    if (!request.count) return select_done();
  }
  return true;
}

Result<bool> TemporalRun::State::select_done() {
  phase = Phase::kCollect;
  ranking.take(request.offset, page);
  return true;
}

/// Collects one entity of the page. When the whole gets too large, it begins anew with fewer instances of each series.
Result<bool> TemporalRun::State::collect() {
  if (collected.size() == page.size()) {
    set_range();
    phase = Phase::kDone;
    view.reset();
    return false;
  }
  auto history = reader();
  if (!history) return tl::unexpected(history.error());
  Collector collector(**history, page[collected.size()], request, context, filter.scope, shared);
  auto evolution = collector.collect();
  if (!evolution) return tl::unexpected(evolution.error());
  if (!shared.overflow) {
    collected.push_back(std::move(*evolution));
    return true;
  }
  const bool aggregated = request.how.format == ngsi::TemporalFormat::kAggregatedValues;
  if (aggregated || cap == 1) {
    return fail(ErrorCode::kTooManyResults, "the answer would hold more than " +
                                                (aggregated ? std::to_string(limits.rows) + " aggregated values"
                                                            : std::to_string(limits.bytes) + " bytes") +
                                                ": ask for less time, " + (aggregated ? "longer periods, " : "") +
                                                "fewer attributes or, with limit, fewer entities");
  }
  cap = std::max<std::uint64_t>(1, cap / 4);
  restart();
  return true;
}

/// What a partial answer covers (clause 6.3.10).
void TemporalRun::State::set_range() {
  if (shared.cut == kNoInstant) return;
  const bool newest_first = request.when.last_n.has_value();
  (newest_first ? kept.first : kept.last) = shared.cut;
  Instant first, last;
  for (const ngsi::EvolutionText& evolution : collected) {
    for (const ngsi::AttributeText& attribute : evolution.attributes) {
      for (const ngsi::SeriesText& series : attribute.series) {
        for (const ngsi::SeriesText::Mark& mark : series.marks) {
          if (!kept.contains(mark.at)) continue;
          first = first == kNoInstant ? mark.at : std::min(first, mark.at);
          last = std::max(last, mark.at);
        }
      }
    }
  }
  const ngsi::TimeWindow& window = request.when.window;
  std::string text = "date-time ";
  if (newest_first) {
    append_instant(text, window.to != kNoInstant ? window.to : last);
    text += '-';
    append_instant(text, first);
    text += '/' + std::to_string(*request.when.last_n);
  } else {
    append_instant(text, window.from != kNoInstant ? window.from : first);
    text += '-';
    append_instant(text, last);
    text += "/*";
  }
  content_range = std::move(text);
}

Result<bool> TemporalRun::State::unit() {
  switch (phase) {
    case Phase::kExisting:
      if (request.id) return retrieve();
      return next_existing();
    case Phase::kPast:
      return next_past();
    case Phase::kCollect:
      return collect();
    case Phase::kDone:
      break;
  }
  return false;
}

TemporalRun::TemporalRun(const store::Store& store, store::TenantId tenant, const ngsi::Context& context,
                         const TemporalLimits& limits, TemporalRequest request)
    : state_(std::make_unique<State>(store, tenant, context, limits, std::move(request))) {}
TemporalRun::~TemporalRun() = default;

Result<bool> TemporalRun::turn() {
  if (auto ok = state_->check_periods(); !ok) return tl::unexpected(ok.error());
  const auto end = Clock::now() + kTurn;
  while (true) {
    const Result<bool> unfinished = state_->unit();
    if (!unfinished || !*unfinished || Clock::now() >= end) return unfinished;
  }
}

std::size_t TemporalRun::size() const {
  return state_->collected.size();
}

std::size_t TemporalRun::bytes() const {
  return state_->limits.bytes - state_->shared.bytes_left;
}

std::string_view TemporalRun::id(std::size_t i) const {
  return state_->collected[i].id;
}

void TemporalRun::write(std::string& out, std::size_t i) {
  const ngsi::EvolutionText evolution = std::exchange(state_->collected[i], {});
  ngsi::append_evolution(out, evolution, state_->context, state_->request.how, state_->kept);
}

bool TemporalRun::more() const {
  return state_->more;
}
std::optional<std::uint64_t> TemporalRun::total() const {
  return state_->request.count ? std::optional(state_->met) : std::nullopt;
}
const std::optional<std::string>& TemporalRun::content_range() const {
  return state_->content_range;
}

Result<void> check_remembered(store::HistoryReader& history, std::string_view id) {
  const auto found = history.entity(id);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return not_remembered(id);
  return {};
}

}  // namespace tsunagu::broker
