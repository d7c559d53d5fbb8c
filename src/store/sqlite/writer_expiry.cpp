// What expires: attributes are dropped and entities deleted by the writer, like any other change.
#include "store/sqlite/writer.h"

namespace tsunagu::store {
namespace {

constexpr std::size_t kExpireAtOnce = 1000;

bool drop_expired(std::vector<ngsi::Attribute>& attributes, Instant at) {
  bool dropped =
      std::erase_if(attributes, [&](const auto& a) { return a.expires_at != kNoInstant && a.expires_at <= at; }) > 0;
  for (ngsi::Attribute& a : attributes) dropped |= drop_expired(a.subs, at);
  return dropped;
}

}  // namespace

ngsi::RecordPtr without_expired(const ngsi::Record& record, Instant at) {
  ngsi::Entity entity = ngsi::decode(record);
  drop_expired(entity.attributes, at);
  auto encoded = ngsi::encode(std::move(entity));
  return encoded ? std::move(*encoded) : ngsi::RecordPtr();
}

Instant Writer::next_expiry() const {
  Instant first;
  for (const auto& tenant : state_.tenants) {
    const KeySet& expiries = tenant->graph.expiries();
    if (expiries.empty()) continue;
    const Instant at{static_cast<std::int64_t>(expiries.begin()->key() ^ std::uint64_t{1} << 63)};
    if (first == kNoInstant || at < first) first = at;
  }
  return first;
}

void Writer::expire() {
  std::size_t left = kExpireAtOnce;
  for (std::size_t i = 0; i < state_.tenants.size() && left > 0; ++i) {
    const Graph& graph = state_.tenants[i]->graph;
    if (graph.expiries().empty()) continue;
    const Instant at = next_instant();
    for (const KeyedSlot& due : graph.expiries()) {
      if (due.key() > time_key(at) || left-- == 0) break;
      const ngsi::Record& record = *graph.slot(due.slot).record;
      Touched& touched = touched_[touch(TenantId{static_cast<std::uint16_t>(i)}, record.id())];
      if (touched.current.get() != &record) continue;  // this group wrote it; it is looked at again in the next
      if (record.expired(at)) {
        remove(touched, at);
      } else if (auto rest = without_expired(record, at)) {
        put(touched, std::move(rest), at);
      }
    }
  }
}

}  // namespace tsunagu::store
