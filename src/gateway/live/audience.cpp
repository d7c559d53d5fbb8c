#include "gateway/live/audience.h"

#include <algorithm>
#include <chrono>

#include "gateway/live/stream.h"

namespace tsunagu::gateway::live {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::chrono::milliseconds kTurn{1};

/// Stands for any type, or for none in particular.
constexpr ngsi::TermId kAnyType{0xffffffff};

std::uint64_t type_key(store::TenantId tenant, ngsi::TermId type) {
  return std::uint64_t{tenant.value} << 32 | type.value;
}

/// Types of which an entity has at least one when it meets `types`; false when there are no such.
bool needed_types(const ngsi::TypeExpr& types, std::vector<ngsi::TermId>& out) {
  using Kind = ngsi::TypeExpr::Kind;
  if (types.kind == Kind::kType) {
    out.push_back(types.type);
    return true;
  }
  if (types.kind == Kind::kAnd) return !types.children.empty() && needed_types(types.children.front(), out);
  return std::ranges::all_of(types.children, [&](const ngsi::TypeExpr& child) { return needed_types(child, out); });
}

}  // namespace

void Audience::wake() {
  if (woken_.exchange(true)) return;
  worker_->defer([self = shared_from_this()] { self->run(); });
}

void Audience::begin() {
  const Ring::End end = ring_.end();
  place_ = end.place;
  reached_ = end.id;
  names_ = ngsi::terms().size();
}

void Audience::run() {
  woken_ = false;
  const auto end = std::chrono::steady_clock::now() + kTurn;
  while (!streams_.empty()) {
    if (!ring_.read(place_, kBatch, scratch.changes)) {
      // This thread was held up for too long: the streams find their place gone and say so.
      for (Stream* stream : streams_) stream->lag(place_);
      begin();
      return;
    }
    if (scratch.changes.empty()) return;
    renew();
    for (const Change& change : scratch.changes) tell(change, place_++);
    reached_ = scratch.changes.back().id;
    scratch.changes.clear();
    if (std::chrono::steady_clock::now() >= end) return wake();
  }
}

void Audience::tell(const Change& change, std::uint64_t place) {
  const auto tell_type = [&](ngsi::TermId type) {
    const auto found = by_type_.find(type_key(change.tenant, type));
    if (found == by_type_.end()) return;
    for (Stream* stream : found->second) stream->offer(change, place);
  };
  tell_type(kAnyType);
  for (const ngsi::Record* record : {change.before.get(), change.after.get()}) {
    for (std::uint16_t i = 0; record && i < record->type_count(); ++i) tell_type(record->type(i));
  }
  if (by_id_.empty()) return;
  const auto found = by_id_.find(change.after ? change.after->id() : change.before->id());
  if (found == by_id_.end()) return;
  for (Stream* stream : found->second) stream->offer(change, place);
}

/// Calls f(index, key) for each list that the stream belongs into.
template <class F>
void Audience::each_key(const Stream& stream, F&& f) {
  const View& view = stream.view();
  const ngsi::Selection& selection = view.selection();
  std::vector<ngsi::TermId> types;
  if (!selection.ids.empty()) {
    for (const std::string& id : selection.ids) f(by_id_, id);
    return;
  }
  if (!selection.types || !needed_types(*selection.types, types)) types = {kAnyType};
  for (const ngsi::TermId type : types) f(by_type_, type_key(view.tenant(), type));
}

void Audience::enter(Stream& stream) {
  each_key(stream, [&](auto& index, const auto& key) { index[key].push_back(&stream); });
}

void Audience::leave(Stream& stream) {
  each_key(stream, [&](auto& index, const auto& key) {
    const auto found = index.find(key);
    if (found == index.end()) return;
    std::erase(found->second, &stream);
    if (found->second.empty()) index.erase(found);
  });
}

void Audience::add(Stream& stream) {
  auto& own = stream.shared_view();
  auto& view = views_[own->key()];
  if (view) {
    view->share();
    own = view;
  } else {
    view = own;
  }
  renew();
  if (own->stale()) own->renew();  // it was opened before the names were counted last
  streams_.push_back(&stream);
  enter(stream);
}

void Audience::remove(Stream& stream) {
  leave(stream);
  std::erase(streams_, &stream);
  const auto view = views_.find(stream.view().key());
  if (view->second.use_count() == 2) views_.erase(view);  // nobody else has it
}

void Audience::renew() {
  const std::uint32_t names = ngsi::terms().size();
  if (names == names_) return;
  names_ = names;
  std::vector<Stream*> stale;
  for (Stream* stream : streams_) {
    if (stream->view().stale()) stale.push_back(stream);
  }
  for (Stream* stream : stale) leave(*stream);
  for (Stream* stream : stale) {
    if (stream->view().stale()) stream->view().renew();  // one of its fellows may have done so
  }
  for (Stream* stream : stale) enter(*stream);
}

}  // namespace tsunagu::gateway::live
