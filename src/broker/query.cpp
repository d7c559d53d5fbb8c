#include "broker/query.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tsunagu::broker {

ngsi::Selection selector_of(const ngsi::Selection& selection) {
  ngsi::Selection who;
  who.ids = selection.ids;
  who.id_pattern = selection.id_pattern;
  who.id_regex = selection.id_regex;
  who.types = selection.types;
  return who;
}

ngsi::Selection take_order(ngsi::Selection& selection) {
  ngsi::Selection order;
  order.order = std::move(selection.order);
  selection.order.clear();
  order.order_from = selection.order_from;
  order.geo = selection.geo;
  order.collation = selection.collation;
  order.at = selection.at;
  return order;
}

PageQuery::PageQuery(const store::Store& store, store::TenantId tenant, PageRequest request)
    : store_(store),
      tenant_(tenant),
      linked_(store, tenant),
      request_(std::move(request)),
      order_(take_order(request_.any_of.front())),
      ranking_(request_.offset + request_.limit) {
  open_next();
  // One cursor, no order: what comes before the page need not be looked at, and the number of matches may be known.
  if (request_.any_of.size() == 1) {
    if (const auto known = cursor_->known_count()) total_ = *known;
    if (order_.order.empty() && request_.offset > 0) seen_ = cursor_->skip_cheaply(request_.offset);
  }
  if (request_.limit == 0 && total_) done_ = true;
}

bool PageQuery::open_next() {
  if (cursor_) {
    no_plan_ = cursor_->plan();
    examined_ += no_plan_.examined;
    cursor_.reset();
  }
  if (next_ == request_.any_of.size()) return false;
  ngsi::Selection& selection = request_.any_of[next_++];
  if (next_ < request_.any_of.size()) before_.push_back(selector_of(selection));
  cursor_ = store_.query(tenant_, std::move(selection));
  return true;
}

const store::Plan& PageQuery::plan() const {
  return cursor_ ? cursor_->plan() : no_plan_;
}

bool PageQuery::is_double(const ngsi::Record& record) const {
  // The last entry of before_ may be the running cursor's own; it is not when the last selection runs.
  const std::size_t earlier = next_ - 1;
  for (std::size_t i = 0; i < earlier; ++i) {
    if (ngsi::matches(before_[i], record, nullptr)) return true;
  }
  return false;
}

void PageQuery::take(ngsi::RecordPtr record) {
  if (next_ > 1 && is_double(*record)) return;
  if (!order_.order.empty()) {
    std::string key = ngsi::order_key(order_, *record, &linked_);
    ++seen_;
    more_ = !ranking_.offer(std::move(key), std::move(record)) || more_;
    return;
  }
  const std::uint64_t place = seen_++;
  if (place < request_.offset) return;
  if (place - request_.offset < request_.limit) {
    page_.push_back(std::move(record));
  } else {
    more_ = true;
  }
}

Result<bool> PageQuery::step(std::size_t budget) {
  if (done_) return false;
  const bool all = request_.count && !total_;
  const bool ordered = !order_.order.empty();
  // One match more than the page holds tells whether another page follows.
  std::size_t want = std::max<std::size_t>(budget, 1);
  if (!all && !ordered) {
    want = static_cast<std::size_t>(std::min<std::uint64_t>(want, request_.offset + request_.limit + 1 - seen_));
  }
  found_.clear();
  const bool unfinished = cursor_->step(budget, want, found_);
  for (ngsi::RecordPtr& record : found_) take(std::move(record));
  if (request_.max_examined > 0 && examined_ + cursor_->plan().examined > request_.max_examined) {
    return fail(
        ErrorCode::kTooComplexQuery,
        "more than " + std::to_string(request_.max_examined) +
            " entities would have to be looked at: narrow the query by type, id or an attribute that few share");
  }
  if (more_ && !all && !ordered) {
    finish();
    return false;
  }
  if (unfinished || open_next()) return true;
  if (all) total_ = seen_;
  finish();
  return false;
}

Result<bool> PageQuery::turn() {
  constexpr std::size_t kRecords = 64;  // even with costly geometries well under the time of a turn
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (true) {
    const Result<bool> unfinished = step(kRecords);
    if (!unfinished || !*unfinished || std::chrono::steady_clock::now() >= end) return unfinished;
  }
}

void PageQuery::finish() {
  done_ = true;
  ranking_.take(request_.offset, page_);
}

}  // namespace tsunagu::broker
