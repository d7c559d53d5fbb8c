#include "contract/history_model.h"

#include <algorithm>
#include <ostream>

namespace tsunagu::store {
namespace {

std::string null_of(ngsi::AttrKind kind) {
  if (kind == ngsi::AttrKind::kLanguageProperty) return R"({"@none":"urn:ngsi-ld:null"})";
  if (kind == ngsi::AttrKind::kListProperty || kind == ngsi::AttrKind::kListRelationship)
    return R"(["urn:ngsi-ld:null"])";
  return R"("urn:ngsi-ld:null")";
}

SeriesKey key_of(const ngsi::AttributeView& view) {
  return {view.name(), std::string(view.dataset_id())};
}

class Collector final : public SeriesVisitor {
 public:
  std::vector<Remembered> points;
  bool point(const HistoryPoint& p) override {
    points.push_back({p.at, p.written, p.deleted, std::string(p.instance.value()), p.instance.parts().observed_at});
    return true;
  }
};

}  // namespace

void PrintTo(const Remembered& p, std::ostream* out) {
  *out << p.value << " at " << p.at.us << " written " << p.written.us;
  if (p.observed != kNoInstant) *out << " observed " << p.observed.us;
  if (p.deleted != kNoInstant) *out << " deleted " << p.deleted.us;
}

TimeWindow all_of_it() {
  TimeWindow window;
  window.everything = true;
  return window;
}

std::vector<Remembered> scan_all(HistoryReader& reader, const std::string& id, const SeriesKey& series,
                                 const TimeWindow& window, bool newest_first) {
  Collector collector;
  const auto done = reader.scan(id, series, window, newest_first, collector);
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
  return collector.points;
}

void HistoryModel::write(const std::string& id, const ngsi::Record* before, const ngsi::Record* after, Instant at) {
  Series& series = entities_[id];
  if (before)
    for (const ngsi::AttributeView old : before->attributes())
      if (!after || !after->find(old.name(), old.dataset_id()).data())
        series[key_of(old)].push_back({kNoInstant, at, at, null_of(old.kind()), kNoInstant});
  if (!after) return;
  for (const ngsi::AttributeView now : after->attributes()) {
    const auto old = before ? before->find(now.name(), now.dataset_id()) : ngsi::AttributeView(nullptr);
    if (old.data() && old.bytes() == now.bytes()) continue;
    series[key_of(now)].push_back({kNoInstant, at, kNoInstant, std::string(now.value()), now.parts().observed_at});
  }
}

void HistoryModel::history(const HistoryWrite& write, HistoryReader& reader) {
  Series& series = entities_[write.id];
  if (write.forget) series.clear();
  for (const SeriesKey& key : write.forget_series) series.erase(key);
  for (const HistoryWrite::Instance& one : write.forget_instances)
    std::erase_if(series[one.series], [&](const Remembered& p) { return p.written == one.written; });
  for (const HistoryWrite::Replacement& one : write.replace)
    for (Remembered& p : series[one.which.series])
      if (p.written == one.which.written) p = {kNoInstant, p.written, kNoInstant, one.by.value, one.by.observed_at};
  for (const ngsi::Attribute& added : write.add) {
    const SeriesKey key{added.name, added.dataset_id};
    Instant written;
    for (const Remembered& p : scan_all(reader, write.id, key, all_of_it(), false))
      if (p.value == added.value) written = p.written;
    EXPECT_NE(written, kNoInstant) << added.value << " of " << write.id << " is not remembered";
    series[key].push_back({kNoInstant, written, kNoInstant, added.value, added.observed_at});
  }
  std::erase_if(series, [](const auto& one) { return one.second.empty(); });
}

std::vector<Remembered> HistoryModel::expected(const std::string& id, const SeriesKey& series, const TimeWindow& window,
                                               bool newest_first) {
  std::vector<Remembered> out;
  for (Remembered p : entities_[id][series]) {
    p.at = window.everything                              ? (p.observed != kNoInstant ? p.observed : p.written)
           : window.property == TimeProperty::kObservedAt ? p.observed
           : window.property == TimeProperty::kDeletedAt  ? p.deleted
                                                          : kNoInstant;
    if (p.at != kNoInstant && window.contains(p.at)) out.push_back(p);
  }
  std::sort(out.begin(), out.end(), [](const Remembered& a, const Remembered& b) {
    return std::tie(a.at, a.written) < std::tie(b.at, b.written);
  });
  if (newest_first) std::reverse(out.begin(), out.end());
  std::erase_if(entities_[id], [](const auto& one) { return one.second.empty(); });
  return out;
}

}  // namespace tsunagu::store
