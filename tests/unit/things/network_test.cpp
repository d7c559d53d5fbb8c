// Points of networks: what they cover, whether they work, and when they did not.
#include "things/network.h"

#include "ngsi/geo_sphere.h"
#include "things/silence.h"
#include "things_store.h"

namespace tsunagu::things {
namespace {

const std::string kGateway = "urn:ngsi-ld:LoRaWANGateway:1";

class Networks : public test::ThingsStore {
 protected:
  Networks() {
    put(R"({"id":"urn:ngsi-ld:DeviceModel:gateway","type":"DeviceModel","expectedInterval":60})");
    put(R"({"id":"urn:ngsi-ld:LoRaWANGateway:1","type":"LoRaWANGateway","name":{"languageMap":{"ja":"役場屋上","en":"Town hall"},"type":"LanguageProperty"},
      "location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[141.9,43.2]}},"coverageRadius":5000})");
    put(device("A-1", kGateway));
  }
  static std::string device(const std::string& address, const std::string& point) {
    return R"({"id":"urn:ngsi-ld:Device:net:)" + address +
           R"(","type":"Device","serviceGroup":"net","deviceAddress":")" + address +
           R"(","refDeviceModel":{"type":"Relationship","object":"urn:ngsi-ld:DeviceModel:gateway"},
      "controlledAsset":{"type":"Relationship","object":")" +
           point + "\"}}";
  }
  NetworkPoint point(const std::string& id = kGateway) { return read_network_point(store->find({}, id)).value(); }
  void heard(const std::string& time, const std::string& address = "A-1", const std::string& payload = "{\"c\":1}") {
    now = *parse_instant("2026-07-04T" + time + "Z");
    ASSERT_TRUE(json(payload, address, "net"));
  }
  void look(const std::string& time) {
    Silence silence(*store, *registry, *parse_instant("2026-07-04T00:00:00Z"));
    silence.look(*parse_instant("2026-07-04T" + time + "Z"));
  }
  /// "01:10-01:20 silent, 02:00- silent", newest first.
  std::string outages(const std::string& id = kGateway, Instant from = kNoInstant, Instant to = kNoInstant,
                      std::size_t limit = 100) {
    const auto reader = *store->history({});
    std::string out;
    const auto found = outages_of(point(id), *reader, from, to, limit).value();
    for (const Outage& o : found) {
      out += (out.empty() ? "" : ", ") + to_string(o.from).substr(11, 5) + "-";
      if (o.to != kNoInstant) out += to_string(o.to).substr(11, 5);
      if (!o.reason.empty()) out += " " + o.reason;
    }
    return out;
  }
};

TEST_F(Networks, ReadsWhatAPointSays) {
  EXPECT_EQ(point().kind->name, "lorawan");
  EXPECT_EQ(point().radius_m, 5000);
  EXPECT_EQ(point().service, Service::kUnknown);
  EXPECT_TRUE(point().has_coverage());
  put(R"({"id":"urn:ngsi-ld:Paddy:1","type":"Paddy"})");
  EXPECT_FALSE(read_network_point(store->find({}, "urn:ngsi-ld:Paddy:1")));
  EXPECT_FALSE(read_network_point(nullptr));
  put(R"({"id":"urn:ngsi-ld:WiFiAccessPoint:1","type":"WiFiAccessPoint","coverageRadius":-5,"coverageArea":"here",
    "serviceStatus":"perhaps"})");
  const NetworkPoint odd = point("urn:ngsi-ld:WiFiAccessPoint:1");
  EXPECT_FALSE(odd.has_coverage());
  EXPECT_EQ(odd.service, Service::kUnknown);
  std::string nothing;
  EXPECT_FALSE(append_coverage(nothing, odd));
  EXPECT_EQ(nothing, "");
}

TEST_F(Networks, ARadiusBecomesAPolygonAroundThePlace) {
  std::string area;
  ASSERT_TRUE(append_coverage(area, point()));
  const auto shape = ngsi::read_shape(area);
  ASSERT_TRUE(shape) << shape.error().detail;
  const ngsi::Path& ring = shape->parts.at(0).paths.at(0);
  EXPECT_EQ(ring.size(), 49u);
  for (const ngsi::LonLat& corner : ring) EXPECT_NEAR(ngsi::haversine_m(corner, {141.9, 43.2}), 5000, 15);
  put(R"({"id":"urn:ngsi-ld:BroadbandArea:1","type":"BroadbandArea",
    "coverageArea":{"type":"GeoProperty","value":{"type":"Polygon","coordinates":[[[141,43],[142,43],[142,44],[141,43]]]}}})");
  area.clear();
  ASSERT_TRUE(append_coverage(area, point("urn:ngsi-ld:BroadbandArea:1")));
  EXPECT_EQ(area, R"({"type":"Polygon","coordinates":[[[141,43],[142,43],[142,44],[141,43]]]})");
}

TEST_F(Networks, IsOutWhileItsApparatusIsSilent) {
  heard("01:00:00");
  EXPECT_EQ(point().service, Service::kWorking);
  EXPECT_EQ(outages(), "");
  look("01:03:00");
  EXPECT_EQ(point().service, Service::kWorking) << "late is not out";
  look("01:10:00");
  EXPECT_EQ(point().service, Service::kOut);
  EXPECT_EQ(point().reason, "silent");
  EXPECT_EQ(to_string(point().last_heard), "2026-07-04T01:00:00Z");
  EXPECT_EQ(outages(), "01:10- silent");
  heard("01:20:00");
  EXPECT_EQ(point().service, Service::kWorking);
  EXPECT_EQ(outages(), "01:10-01:20 silent");
  look("02:00:00");
  EXPECT_EQ(outages(), "02:00- silent, 01:10-01:20 silent");
  EXPECT_EQ(outages(kGateway, *parse_instant("2026-07-04T01:30:00Z")), "02:00- silent");
  EXPECT_EQ(outages(kGateway, kNoInstant, *parse_instant("2026-07-04T01:30:00Z")), "01:10-01:20 silent");
  EXPECT_EQ(outages(kGateway, kNoInstant, kNoInstant, 1), "02:00- silent");
}

TEST_F(Networks, WhatTheApparatusSaysItselfHolds) {
  heard("01:00:00");
  heard("01:01:00", "A-1", R"({"serviceStatus":"outOfService"})");
  heard("01:02:00", "A-1", R"({"serviceStatus":"outOfService"})");
  EXPECT_EQ(outages(), "01:01-");
  look("01:30:00");
  heard("01:31:00");
  EXPECT_EQ(outages(), "01:01-") << "being heard does not mean that it works";
  heard("01:40:00", "A-1", R"({"serviceStatus":"working"})");
  EXPECT_EQ(outages(), "01:01-01:40");
}

TEST_F(Networks, OfSeveralDevicesTheNamedOneCounts) {
  put(R"({"id":"urn:ngsi-ld:WiFiAccessPoint:2","type":"WiFiAccessPoint","refDevice":{"type":"Relationship","object":"urn:ngsi-ld:Device:net:B-1"}})");
  put(device("B-1", "urn:ngsi-ld:WiFiAccessPoint:2"));
  put(device("B-2", "urn:ngsi-ld:WiFiAccessPoint:2"));
  heard("01:00:00", "B-2");
  EXPECT_EQ(point("urn:ngsi-ld:WiFiAccessPoint:2").service, Service::kUnknown);
  heard("01:00:10", "B-1");
  EXPECT_EQ(point("urn:ngsi-ld:WiFiAccessPoint:2").service, Service::kWorking);
  heard("01:09:00", "B-1");
  look("01:10:00");
  EXPECT_EQ(value("urn:ngsi-ld:Device:net:B-2", "deviceState"), "\"silent\"");
  EXPECT_EQ(point("urn:ngsi-ld:WiFiAccessPoint:2").service, Service::kWorking);
}

TEST_F(Networks, ADeviceCanBeItsOwnPoint) {
  put(R"({"id":"urn:ngsi-ld:Device:net:C-1","type":["Device","CellularBaseStation"],"serviceGroup":"net","deviceAddress":"C-1",
    "refDeviceModel":{"type":"Relationship","object":"urn:ngsi-ld:DeviceModel:gateway"}})");
  heard("01:00:00", "C-1");
  EXPECT_EQ(point("urn:ngsi-ld:Device:net:C-1").service, Service::kWorking);
  look("01:10:00");
  EXPECT_EQ(point("urn:ngsi-ld:Device:net:C-1").service, Service::kOut);
}

TEST_F(Networks, ChirpStackTellsOfGateways) {
  const auto event = [this](std::string_view bytes) {
    Message m;
    m.group = "net";
    m.format = Format::kChirpStack;
    m.bytes = bytes;
    return take(m);
  };
  put(R"({"id":"urn:ngsi-ld:Device:net:0016c001f153a14c","type":"Device","serviceGroup":"net","deviceAddress":"0016c001f153a14c",
    "controlledAsset":{"type":"Relationship","object":"urn:ngsi-ld:LoRaWANGateway:1"}})");
  const auto stats = event(
      R"({"gatewayId":"0016c001f153a14c","time":"2026-07-04T00:59:30+00:00","location":{"latitude":43.25,"longitude":141.95,"altitude":20},
      "rxPacketsReceived":12,"rxPacketsReceivedOk":11,"txPacketsEmitted":2,"metadata":{"model":"x"}})");
  ASSERT_TRUE(stats) << stats.error().detail;
  EXPECT_EQ(stats->accepted, 5u);
  EXPECT_EQ(value(kGateway, "rxPacketsReceivedOk"), "11");
  EXPECT_EQ(value(kGateway, "txPacketsReceived"), "0") << "left out where it is zero";
  EXPECT_EQ(value(kGateway, "location"), R"({"type":"Point","coordinates":[141.95,43.25]})");
  EXPECT_EQ(point().service, Service::kWorking);
  ASSERT_TRUE(event(R"({"gatewayId":"0016c001f153a14c","state":"ONLINE"})"));
  EXPECT_EQ(point().service, Service::kWorking);
  now.us += 1'000'000;
  ASSERT_TRUE(event(R"({"gatewayId":"0016c001f153a14c"})")) << "OFFLINE is zero";
  EXPECT_EQ(point().service, Service::kOut);
  EXPECT_EQ(event(R"({"gatewayId":"ffffffffffffffff","state":"ONLINE"})").error().code, ErrorCode::kResourceNotFound);
}

}  // namespace
}  // namespace tsunagu::things
