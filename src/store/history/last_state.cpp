#include "store/history/last_state.h"

#include <optional>
#include <utility>

namespace tsunagu::store {
namespace {

/// Keeps the last instance of a series that was no deletion.
class LastInstance final : public SeriesVisitor {
 public:
  bool point(const HistoryPoint& p) override {
    if (p.deleted == kNoInstant) last = ngsi::decode(p.instance);
    return !last;
  }
  std::optional<ngsi::Attribute> last;
};

}  // namespace

Result<ngsi::RecordPtr> last_state(HistoryReader& history, const RememberedEntity& who) {
  const auto series = history.series(who.id);
  if (!series) return tl::unexpected(series.error());
  TimeWindow always;
  always.everything = true;
  ngsi::Entity entity;
  entity.id = who.id;
  entity.types = who.types;
  entity.created_at = who.created_at;
  entity.modified_at = who.modified_at;
  for (const SeriesKey& key : *series) {
    LastInstance visitor;
    if (auto ok = history.scan(who.id, key, always, true, visitor); !ok) return tl::unexpected(ok.error());
    if (visitor.last) entity.attributes.push_back(std::move(*visitor.last));
  }
  const auto states = history.states(who.id);
  if (!states) return tl::unexpected(states.error());
  for (const EntityState& state : *states) {
    if (!state.deleted) entity.scopes = state.scopes;
  }
  return ngsi::encode(std::move(entity));
}

}  // namespace tsunagu::store
