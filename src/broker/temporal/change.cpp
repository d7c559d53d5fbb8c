#include "broker/temporal.h"
#include "ngsi/instance_id.h"

namespace tsunagu::broker {
namespace {

/// Is there an instance that was written then?
class Written final : public store::SeriesVisitor {
 public:
  explicit Written(Instant written) : written_(written) {}
  bool point(const store::HistoryPoint& p) override {
    found = p.written == written_;
    return !found;
  }
  bool found = false;

 private:
  Instant written_;
};

tl::unexpected<Error> no_attribute(std::string_view id, ngsi::TermId name) {
  return fail(ErrorCode::kResourceNotFound,
              "of entity " + std::string(id) + " no such attribute is remembered" +
                  (name == ngsi::kNoTerm ? std::string() : ": " + std::string(ngsi::terms().text(name))));
}

/// The times that an instance usually bears of the write that made it; then everything.
std::vector<ngsi::TimeWindow> likely_windows(Instant written) {
  ngsi::TimeWindow created{ngsi::TimeProperty::kCreatedAt, written, Instant{written.us + 1}};
  ngsi::TimeWindow modified{ngsi::TimeProperty::kModifiedAt, written, Instant{written.us + 1}};
  ngsi::TimeWindow all;
  all.everything = true;
  return {created, modified, all};
}

}  // namespace

Result<store::HistoryWrite> forget_attribute(store::HistoryReader& history, store::TenantId tenant, std::string_view id,
                                             ngsi::TermId name, std::string_view dataset_id, bool all) {
  if (auto ok = check_remembered(history, id); !ok) return tl::unexpected(ok.error());
  auto series = history.series(id);
  if (!series) return tl::unexpected(series.error());
  store::HistoryWrite write;
  write.tenant = tenant;
  write.id = id;
  for (store::SeriesKey& key : *series) {
    if (key.name == name && (all || key.dataset_id == dataset_id)) write.forget_series.push_back(std::move(key));
  }
  if (write.forget_series.empty()) return no_attribute(id, name);
  return write;
}

Result<store::HistoryWrite::Instance> find_instance(store::HistoryReader& history, std::string_view id,
                                                    ngsi::TermId name, std::string_view instance_id) {
  if (auto ok = check_remembered(history, id); !ok) return tl::unexpected(ok.error());
  auto series = history.series(id);
  if (!series) return tl::unexpected(series.error());
  const auto wanted = ngsi::parse_instance_id(instance_id);
  bool known = false;
  for (store::SeriesKey& key : *series) {
    if (key.name != name) continue;
    known = true;
    if (!wanted || ngsi::series_hash(id, name, key.dataset_id) != wanted->series) continue;
    for (const ngsi::TimeWindow& window : likely_windows(wanted->written)) {
      Written visitor(wanted->written);
      if (auto ok = history.scan(id, key, window, false, visitor); !ok) return tl::unexpected(ok.error());
      if (visitor.found) return store::HistoryWrite::Instance{std::move(key), wanted->written};
    }
  }
  if (!known) return no_attribute(id, name);
  return fail(ErrorCode::kResourceNotFound, "there is no instance " + std::string(instance_id) + " of this attribute");
}

}  // namespace tsunagu::broker
