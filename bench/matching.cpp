// Which subscriptions a change concerns: what it costs to know. Usage: bench_matching [SUBSCRIPTIONS=100000]
// Times are of one thread, matching alone (no commit, no delivery).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "broker/subscriptions/matcher.h"
#include "broker/subscriptions/outbox_row.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::broker;
using Clock = std::chrono::steady_clock;

SubscriptionPtr make(std::size_t number, const std::string& members) {
  std::string body = "{\"id\":\"urn:ngsi-ld:Subscription:" + std::to_string(number) + "\",\"type\":\"Subscription\"," +
                     members + ",\"notification\":{\"endpoint\":{\"uri\":\"http://example.org/a\"}}}";
  auto document = expand_subscription(body, *ngsi::core_context());
  auto read = document ? read_subscription(std::move(*document)) : tl::unexpected(document.error());
  if (!read) {
    std::fprintf(stderr, "%s\n", read.error().detail.c_str());
    std::exit(1);
  }
  read->account = std::make_shared<Account>();
  return std::make_shared<const Subscription>(std::move(*read));
}

ngsi::Entity station(double temperature) {
  ngsi::Entity entity;
  entity.id = "urn:ngsi-ld:Station:5";
  entity.types = {ngsi::core_context()->intern("Station")};
  for (int i = 0; i < 8; ++i) {
    ngsi::Attribute a;
    a.name = ngsi::core_context()->intern("attribute" + std::to_string(i));
    a.value = std::to_string(i);
    entity.attributes.push_back(a);
  }
  ngsi::Attribute t;
  t.name = ngsi::core_context()->intern("temperature");
  t.value = std::to_string(temperature);
  entity.attributes.push_back(t);
  ngsi::Attribute place;
  place.name = ngsi::core_context()->intern("location");
  place.kind = ngsi::AttrKind::kGeoProperty;
  place.value = R"({"type":"Point","coordinates":[141.35,43.06]})";
  entity.attributes.push_back(place);
  return entity;
}

void measure(const char* what, std::vector<SubscriptionPtr> subscriptions) {
  Matcher matcher;
  const auto filling = Clock::now();
  for (auto& each : subscriptions) matcher.add(std::move(each));
  const double fill_us = std::chrono::duration<double, std::micro>(Clock::now() - filling).count();
  const store::EntityChange change{{}, *ngsi::encode(station(19)), *ngsi::encode(station(21.5)), now()};
  std::vector<SubscriptionPtr> found;
  constexpr int kRounds = 2000;
  const auto start = Clock::now();
  for (int i = 0; i < kRounds; ++i) {
    found.clear();
    matcher.match(change, nullptr, found);
  }
  const double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count() / kRounds;
  std::printf("%-58s %8zu of %7zu concerned, %9.2f us a change, %6.2f us to add one\n", what, found.size(),
              matcher.size(), us, matcher.size() == 0 ? 0.0 : fill_us / static_cast<double>(matcher.size()));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const auto many = [n](auto&& members) {
    std::vector<SubscriptionPtr> all;
    all.reserve(n);
    for (std::size_t i = 0; i < n; ++i) all.push_back(make(i, members(i)));
    return all;
  };
  const std::string watched = R"("entities":[{"type":"Station"}],"watchedAttributes":["temperature"])";
  measure("no subscriptions", {});
  measure("other types", many([](std::size_t i) {
            return "\"entities\":[{\"type\":\"Type" + std::to_string(i % 5000) +
                   "\"}],\"watchedAttributes\":[\"temperature\"]";
          }));
  measure("same type, other attributes", many([](std::size_t i) {
            return "\"entities\":[{\"type\":\"Station\"}],\"watchedAttributes\":[\"attribute" + std::to_string(i % 8) +
                   "\"]";
          }));
  measure("same type and attribute, other ids", many([&](std::size_t i) {
            return "\"entities\":[{\"type\":\"Station\",\"id\":\"urn:ngsi-ld:Station:" + std::to_string(i + 100) +
                   "\"}],\"watchedAttributes\":[\"temperature\"]";
          }));
  measure("same type and attribute, other id patterns", many([&](std::size_t i) {
            return "\"entities\":[{\"type\":\"Station\",\"idPattern\":\"^urn:ngsi-ld:Station:" +
                   std::to_string(i + 100) + ".*\"}],\"watchedAttributes\":[\"temperature\"]";
          }));
  measure("same type and attribute, other areas", many([&](std::size_t i) {
            return watched +
                   ",\"geoQ\":{\"georel\":\"near;maxDistance==500\",\"geometry\":\"Point\",\"coordinates\":[" +
                   std::to_string(100 + static_cast<double>(i % 300) * 0.1) + "," +
                   std::to_string(10 + static_cast<double>(i / 300) * 0.1) + "]}";
          }));
  measure("same type and attribute, thresholds not reached",
          many([&](std::size_t i) { return watched + ",\"q\":\"temperature>" + std::to_string(30 + i) + "\""; }));
  measure("one in a hundred concerned, by id", many([&](std::size_t i) {
            return "\"entities\":[{\"type\":\"Station\",\"id\":\"urn:ngsi-ld:Station:" + std::to_string(i % 100) +
                   "\"}],\"watchedAttributes\":[\"temperature\"]";
          }));
  measure("one in a hundred concerned, by threshold", many([&](std::size_t i) {
            return watched + ",\"q\":\"temperature>" +
                   std::to_string(i % 100 == 0 ? 20.0 : 30.0 + static_cast<double>(i)) + "\"";
          }));
  return 0;
}
