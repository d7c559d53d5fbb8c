#include "things/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <utility>

#include "base/json.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/geo_sphere.h"
#include "ngsi/json_walk.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

constexpr std::string_view kSilent = "silent";
constexpr std::size_t kMostWords = 10'000;

struct NetworkTerms {
  ngsi::TermId service_status, reason, last_heard_at, coverage_radius, coverage_area, municipality, operated_by,
      ref_device;
};
const NetworkTerms& network_terms() {
  static const NetworkTerms kTerms = [] {
    const auto n = [](std::string_view name) { return ngsi::core_context()->intern(name); };
    return NetworkTerms{n("serviceStatus"), n("reason"),          n("lastHeardAt"), n("coverageRadius"),
                        n("coverageArea"),  n("refMunicipality"), n("operator"),    n("refDevice")};
  }();
  return kTerms;
}

std::string plain_text(std::string_view value) {
  const std::string_view plain = ngsi::plain_value(value);
  return walk::is_string(plain) ? json_string_text(plain) : std::string();
}

struct Word {
  Service service = Service::kUnknown;
  std::string reason;
  Instant last_heard;
};

Word word_of(ngsi::AttributeView attribute) {
  Word out;
  const std::string_view value = ngsi::plain_value(attribute.value());
  if (value == "\"working\"") out.service = Service::kWorking;
  if (value == "\"outOfService\"") out.service = Service::kOut;
  if (out.service != Service::kOut) return out;
  for (const auto sub : ngsi::sub_attributes(attribute)) {
    if (sub.name() == network_terms().reason) out.reason = plain_text(sub.value());
    if (sub.name() == network_terms().last_heard_at) {
      out.last_heard = parse_instant(plain_text(sub.value())).value_or(kNoInstant);
    }
  }
  return out;
}

const NetworkKind* kind_of(const ngsi::Record& record) {
  const auto& all = network_kinds();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const NetworkKind& k) { return record.has_type(k.term); });
  return found == all.end() ? nullptr : &*found;
}

bool points_to(std::string_view value, std::string_view id) {
  std::string wanted;
  append_json_string(wanted, id);
  return value == wanted || walk::any_element(value, [&](std::string_view each) { return each == wanted; });
}

/// Walks back from the newest word.
class OutageFinder final : public store::SeriesVisitor {
 public:
  OutageFinder(Instant from, Instant to, std::size_t limit) : from_(from), to_(to), limit_(limit) {}

  bool point(const store::HistoryPoint& point) override {
    if (++words_ > kMostWords) return false;
    Word word = point.deleted == kNoInstant ? word_of(point.instance) : Word();
    if (word.service == Service::kOut) {
      if (!open_) open_ = Outage{point.at, after_, {}, {}};
      open_->from = point.at;  // it began earlier
      open_->reason = std::move(word.reason);
      open_->last_heard = word.last_heard;
      return true;
    }
    close();
    after_ = point.at;
    return found.size() < limit_ && (from_ == kNoInstant || point.at >= from_);
  }
  void close() {
    if (!open_) return;
    const bool over_before = from_ != kNoInstant && open_->to != kNoInstant && open_->to <= from_;
    const bool begins_behind = to_ != kNoInstant && open_->from >= to_;
    if (!over_before && !begins_behind) found.push_back(std::move(*open_));
    open_.reset();
  }

  std::vector<Outage> found;

 private:
  const Instant from_, to_;
  const std::size_t limit_;
  std::size_t words_ = 0;
  std::optional<Outage> open_;
  Instant after_ = kNoInstant;  // when it was said to work again
};

}  // namespace

const std::array<NetworkKind, 4>& network_kinds() {
  static const std::array<NetworkKind, 4> kKinds = [] {
    std::array<NetworkKind, 4> kinds{{{"wifi", "WiFiAccessPoint", {}},
                                      {"lorawan", "LoRaWANGateway", {}},
                                      {"5g", "CellularBaseStation", {}},
                                      {"broadband", "BroadbandArea", {}}}};
    for (NetworkKind& kind : kinds) kind.term = ngsi::core_context()->intern(kind.type);
    return kinds;
  }();
  return kKinds;
}

std::string_view name(Service service) {
  constexpr std::array<std::string_view, 3> kNames{"unknown", "working", "outOfService"};
  return kNames[static_cast<std::size_t>(service)];
}

std::optional<NetworkPoint> read_network_point(ngsi::RecordPtr record) {
  if (!record) return std::nullopt;
  NetworkPoint out;
  out.kind = kind_of(*record);
  if (out.kind == nullptr) return std::nullopt;
  const NetworkTerms& n = network_terms();
  const auto value = [&record](ngsi::TermId term) {
    const auto found = record->find(term);
    return found.data() == nullptr ? std::string_view() : found.value();
  };
  const std::string_view name = value(terms().name);
  if (walk::is_string(name) || walk::is_object(name)) out.name = name;
  if (const auto place = value(terms().location); ngsi::read_point(place)) out.location = place;
  if (const auto area = value(n.coverage_area); walk::is_object(area)) out.area = area;
  if (const auto radius = walk::number(value(n.coverage_radius)); radius && *radius > 0 && *radius < 1e6) {
    out.radius_m = *radius;
  }
  out.municipality = plain_text(value(n.municipality));
  out.operated_by = plain_text(value(n.operated_by));
  out.simulated = value(terms().simulated) == "true";
  if (const auto said = record->find(n.service_status); said.data() != nullptr) {
    Word word = word_of(said);
    out.service = word.service;
    out.reason = std::move(word.reason);
    out.last_heard = word.last_heard;
    const Instant at = said.parts().observed_at;
    out.since = at == kNoInstant ? said.modified_at() : at;
  }
  out.record = std::move(record);
  return out;
}

bool append_coverage(std::string& out, const NetworkPoint& point) {
  if (!point.area.empty()) {
    out += point.area;
    return true;
  }
  const auto centre = ngsi::read_point(point.location);
  if (!centre || point.radius_m <= 0 || std::abs(centre->lat) > 89) return false;
  const int corners = point.radius_m < 500 ? 16 : 48;
  constexpr double kDegree_m = ngsi::kEarthRadius_m * std::numbers::pi / 180;
  const double high = point.radius_m / kDegree_m;
  const double wide = high / std::cos(centre->lat * std::numbers::pi / 180);
  out += R"({"type":"Polygon","coordinates":[[)";
  for (int i = 0; i <= corners; ++i) {  // against the clock, closed (RFC 7946)
    const double angle = 2 * std::numbers::pi * (i % corners) / corners;
    if (i > 0) out += ',';
    fmt::format_to(std::back_inserter(out), "[{:.6f},{:.6f}]", centre->lon + wide * std::cos(angle),
                   std::clamp(centre->lat + high * std::sin(angle), -90.0, 90.0));
  }
  out += "]]}";
  return true;
}

Result<std::vector<Outage>> outages_of(const NetworkPoint& point, store::HistoryReader& history, Instant from,
                                       Instant to, std::size_t limit) {
  OutageFinder finder(from, to, limit);
  ngsi::TimeWindow window;
  window.everything = true;
  if (auto done = history.scan(point.id(), {network_terms().service_status, {}}, window, true, finder); !done) {
    return tl::unexpected(done.error());
  }
  finder.close();
  if (finder.found.size() > limit) finder.found.resize(limit);
  return std::move(finder.found);
}

store::Write service_write(const Device& device, Status status, Instant at, Instant heard) {
  const auto decide = [device = device.id, status, at, heard](const ngsi::Record* current,
                                                              Instant now) -> Result<store::Decision> {
    if (current == nullptr || kind_of(*current) == nullptr) return store::Keep{};
    const NetworkTerms& n = network_terms();
    const auto counts = current->find(n.ref_device);
    if (counts.data() != nullptr && !points_to(counts.value(), device)) return store::Keep{};
    const auto said = current->find(n.service_status);
    const Word word = said.data() == nullptr ? Word() : word_of(said);
    const bool silent = status == Status::kSilent;
    const bool heard_again = (status == Status::kOnline || status == Status::kOutOfRange) &&
                             (word.service == Service::kUnknown || word.reason == kSilent);
    if (silent ? word.service == Service::kOut : !heard_again) return store::Keep{};
    ngsi::Attribute next = text_property(n.service_status, name(silent ? Service::kOut : Service::kWorking));
    next.observed_at = at == kNoInstant ? now : at;
    if (said.data() != nullptr) {  // a device that sends what it kept may be behind what was said of it
      const Instant before = said.parts().observed_at;
      if (before != kNoInstant && next.observed_at <= before) next.observed_at.us = before.us + 1;
    }
    if (silent) {
      next.subs.push_back(text_property(n.reason, kSilent));
      if (heard != kNoInstant) next.subs.push_back(text_property(n.last_heard_at, to_string(heard)));
    }
    ngsi::Entity entity = ngsi::decode(*current);
    ngsi::Entity added;
    added.attributes.push_back(std::move(next));
    ngsi::append_attributes(entity, std::move(added), false, now);
    auto record = ngsi::encode(std::move(entity));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
  return store::EntityWrite{device.group->tenant, device.target(), decide};
}

}  // namespace tsunagu::things
