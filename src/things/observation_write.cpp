#include "things/observation_write.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

ngsi::Attribute instant_property(ngsi::TermId name, Instant at) {
  return property(name, R"({"@type":"DateTime","@value":")" + to_string(at) + R"("})");
}

Result<store::Decision> put_entity(ngsi::Entity entity) {
  auto record = ngsi::encode(std::move(entity));
  if (!record) return tl::unexpected(record.error());
  return store::Put{std::move(*record)};
}

/// Each of `added` in the place of the one of its name.
void put_in(ngsi::Entity& entity, std::vector<ngsi::Attribute> added, Instant now) {
  entity.modified_at = now;
  bool sorted = true;
  for (ngsi::Attribute& a : added) {
    const auto stamp = [now](ngsi::Attribute& one, Instant created) {
      one.created_at = created;
      one.modified_at = now;
      for (ngsi::Attribute& sub : one.subs) sub.created_at = sub.modified_at = now;
    };
    if (ngsi::Attribute* there = entity.find(a.name, {})) {
      stamp(a, there->created_at);
      *there = std::move(a);
    } else {
      stamp(a, now);
      entity.attributes.push_back(std::move(a));
      sorted = false;
    }
  }
  if (!sorted) entity.sort_attributes();
}

/// Which values there are for which instants.
class Remembered final : public store::SeriesVisitor {
 public:
  /// False: there is this one already.
  bool add(Instant at, std::string_view value) { return seen_.emplace(at.us, hash64(value)).second; }
  bool point(const store::HistoryPoint& point) override {
    add(point.at, point.instance.value());
    return true;
  }

 private:
  std::set<std::pair<std::int64_t, std::uint64_t>> seen_;
};

}  // namespace

void Observations::add(Point&& point, Verdict verdict, std::size_t part) {
  ngsi::Attribute a = attribute_of(std::move(point));
  if (verdict == Verdict::kPast) return late.push_back({std::move(a), part});
  if (verdict == Verdict::kNewPast) return past.push_back(std::move(a));
  const auto there =
      std::find_if(current.begin(), current.end(), [&a](const ngsi::Attribute& c) { return c.name == a.name; });
  if (there == current.end()) return current.push_back(std::move(a));
  past.push_back(std::exchange(*there, std::move(a)));
}

Result<void> drop_known(Observations& o, store::HistoryReader& history,
                        const std::function<void(std::size_t part)>& known) {
  std::map<ngsi::TermId, std::vector<Observations::Late*>> series;
  for (Observations::Late& each : o.late) series[each.attribute.name].push_back(&each);
  for (auto& [name, its] : series) {
    Remembered remembered;
    for (const auto* list : {&o.current, &o.past}) {
      for (const ngsi::Attribute& a : *list) {
        if (a.name == name) remembered.add(a.observed_at, a.value);
      }
    }
    ngsi::TimeWindow window;
    window.from = window.to = its.front()->attribute.observed_at;
    for (const Observations::Late* each : its) {
      window.from = std::min(window.from, each->attribute.observed_at);
      window.to = std::max(window.to, each->attribute.observed_at);
    }
    ++window.to.us;
    if (auto done = history.scan(o.target(), {name, {}}, window, false, remembered); !done) return done;
    for (Observations::Late* each : its) {
      if (remembered.add(each->attribute.observed_at, each->attribute.value)) {
        o.past.push_back(std::move(each->attribute));
      } else {
        known(each->part);
      }
    }
  }
  o.late.clear();
  return {};
}

ngsi::Attribute attribute_of(Point&& point) {
  const Terms& t = terms();
  ngsi::Attribute a;
  a.name = point.attribute;
  a.value = std::move(point.value);
  a.observed_at = point.at;
  if (point.measure != nullptr) {
    a.unit_code = point.measure->unit;
    if (point.measure->place) a.kind = ngsi::AttrKind::kGeoProperty;
  }
  if (point.attribute == t.location && a.value.starts_with('{')) a.kind = ngsi::AttrKind::kGeoProperty;
  if (point.quality != 0) {
    std::string flags;
    append_quality_json(flags, point.quality);
    a.subs.push_back(property(t.quality, std::move(flags)));
  }
  if (!point.raw.empty()) a.subs.push_back(property(t.raw_value, std::move(point.raw)));
  if (point.said_at != kNoInstant) a.subs.push_back(instant_property(t.reported_at, point.said_at));
  return a;
}

void append_writes(std::vector<store::Write>& writes, Observations&& o) {
  const Device& device = *o.device;
  const std::string& id = o.target();
  const store::TenantId tenant = device.group->tenant;
  const bool is_device = &id == &device.id || id == device.id;
  const ngsi::TermId type = is_device ? terms().device : ngsi::core_context()->intern(type_of_id(id));
  if (!o.current.empty()) {
    auto shared = std::make_shared<const std::vector<ngsi::Attribute>>(std::move(o.current));
    writes.emplace_back(store::EntityWrite{tenant, id,
                                           [device = o.device, id, type, is_device, shared = std::move(shared)](
                                               const ngsi::Record* current, Instant now) -> Result<store::Decision> {
                                             ngsi::Entity entity;
                                             if (current != nullptr) {
                                               entity = ngsi::decode(*current);
                                             } else if (is_device) {
                                               return fail(ErrorCode::kResourceNotFound,
                                                           "the device " + id + " has been removed");
                                             } else {
                                               entity.id = id;
                                               entity.types = {type};
                                               entity.created_at = now;
                                               if (device->simulated)
                                                 put_in(entity, {property(terms().simulated, "true")}, now);
                                             }
                                             put_in(entity, *shared, now);
                                             return put_entity(std::move(entity));
                                           }});
  }
  if (!o.past.empty()) {
    store::HistoryWrite history;
    history.tenant = tenant;
    history.id = id;
    history.types = {type};
    history.add = std::move(o.past);
    writes.emplace_back(std::move(history));
  }
}

store::Write status_write(const Device& device, Status status, Instant last_reported) {
  DeviceText text;
  text.id = device.id;
  text.group = device.group->name;
  text.address = device.address;
  text.model = device.model->id;
  text.asset = device.asset;
  text.simulated = device.simulated;
  text.status = status;
  ngsi::Entity whole = device_entity(text);
  std::vector<ngsi::Attribute> changed{text_property(terms().device_state, name(status))};
  if (last_reported != kNoInstant) changed.push_back(instant_property(terms().date_last_value_reported, last_reported));
  auto shared = std::make_shared<const std::pair<ngsi::Entity, std::vector<ngsi::Attribute>>>(std::move(whole),
                                                                                              std::move(changed));
  return store::EntityWrite{device.group->tenant, device.id,
                            [shared = std::move(shared), fresh = device.fresh](const ngsi::Record* current,
                                                                               Instant now) -> Result<store::Decision> {
                              if (current == nullptr && !fresh) return store::Keep{};
                              ngsi::Entity entity = current == nullptr ? shared->first : ngsi::decode(*current);
                              if (current == nullptr) ngsi::stamp_new(entity, now);
                              put_in(entity, shared->second, now);
                              return put_entity(std::move(entity));
                            }};
}

}  // namespace tsunagu::things
