#include "broker/subscriptions/matcher.h"

#include <algorithm>
#include <random>
#include <set>

#include "subscription_sample.h"

namespace tsunagu::broker {
namespace {

/// Random things out of small pools, so that they meet often.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  std::string number() { return std::to_string(below(20) - 10); }
  std::string type() { return "T" + std::to_string(below(4)); }
  std::string attribute() { return "a" + std::to_string(below(5)); }
  std::string id() { return "urn:ngsi-ld:E:" + std::to_string(below(12)); }

  std::string selector() {
    static const char* const kPatterns[] = {"^urn:ngsi-ld:E:1",      "E:.$",
                                            "^urn:ngsi-ld:E:[0-4]$", "^urn:ngsi-ld:E:1?",
                                            "^urn:ngsi-ld:E:3|E:4",  "^urn:ngsi-ld:E\\\\:2.*"};
    std::string out = "{\"type\":\"";
    switch (below(6)) {
      case 0:
        out += type() + "|" + type();
        break;
      case 1:
        out += type() + ";" + type();
        break;
      case 2:
        out += "*";
        break;
      default:
        out += type();
    }
    out += '"';
    if (one_in(3)) out += ",\"id\":[\"" + id() + "\",\"" + id() + "\"]";
    if (one_in(3)) out += std::string(",\"idPattern\":\"") + kPatterns[below(6)] + "\"";
    return out + "}";
  }

  std::string subscription(int number_of) {
    static const char* const kOperators[] = {">", ">=", "<", "<=", "==", "!="};
    static const char* const kTriggers[] = {"entityCreated",    "entityUpdated",    "entityDeleted",
                                            "attributeCreated", "attributeUpdated", "attributeDeleted"};
    std::string members = "\"description\":\"x\"";
    const bool entities = !one_in(4);
    if (entities) members += ",\"entities\":[" + selector() + (one_in(3) ? "," + selector() : "") + "]";
    if (!entities || one_in(2))
      members +=
          ",\"watchedAttributes\":[\"" + attribute() + "\"" + (one_in(2) ? ",\"" + attribute() + "\"" : "") + "]";
    if (one_in(2))
      members +=
          std::string(",\"notificationTrigger\":[\"") + kTriggers[below(6)] + "\",\"" + kTriggers[below(6)] + "\"]";
    if (one_in(2)) {
      std::string q = attribute() + kOperators[below(6)] + number();
      if (one_in(3)) q = attribute() + "==" + "-3..4";
      if (one_in(3)) q += (one_in(2) ? ";" : "|") + attribute() + ">" + number();
      members += ",\"q\":\"" + q + "\"";
    }
    if (one_in(3)) {
      members += std::string(",\"geoQ\":{\"georel\":\"") + (one_in(4) ? "disjoint" : "within") +
                 "\",\"geometry\":\"Polygon\",\"coordinates\":";
      const int x = below(8), y = below(8);
      const auto point = [](int a, int b) { return "[" + std::to_string(a) + "," + std::to_string(b) + "]"; };
      members += "[[" + point(x, y) + "," + point(x + 3, y) + "," + point(x + 3, y + 3) + "," + point(x, y + 3) + "," +
                 point(x, y) + "]]}";
    }
    return body_of(std::to_string(number_of), members);
  }

  std::string value() {
    switch (below(8)) {
      case 0:
        return "\"text\"";
      case 1:
        return "[" + number() + "," + number() + "]";
      case 2:
        return "true";
      default:
        return number();
    }
  }
  std::string entity(const std::string& id) {
    std::string out = "{\"id\":\"" + id + "\",\"type\":[\"" + type() + "\",\"" + type() + "\"]";
    for (int i = 0; i < 5; ++i) {
      if (one_in(3)) continue;
      out += ",\"a" + std::to_string(i) + "\":";
      out += one_in(6) ? "[{\"value\":" + value() + "},{\"value\":" + value() + ",\"datasetId\":\"urn:d:1\"}]"
                       : "{\"value\":" + value() + "}";
    }
    if (one_in(2))
      out += ",\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[" +
             std::to_string(below(12)) + "," + std::to_string(below(12)) + "]}}";
    return out + "}";
  }

 private:
  std::mt19937 engine_;
};

TEST(Matcher, FindsWhatLookingAtEverySubscriptionFinds) {
  Dice dice(20240229);
  Matcher matcher;
  std::vector<SubscriptionPtr> all;
  for (int i = 0; i < 600; ++i) {
    all.push_back(made(dice.subscription(i)));
    matcher.add(all.back());
  }
  std::size_t told = 0;
  for (int round = 0; round < 1500; ++round) {
    if (round % 5 == 4 && !all.empty()) {
      const std::size_t which = static_cast<std::size_t>(dice.below(static_cast<int>(all.size())));
      matcher.remove(all[which]);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(which));
      if (round % 2 == 0) {
        all.push_back(made(dice.subscription(1000 + round)));
        matcher.add(all.back());
      }
    }
    const std::string id = dice.id();
    store::EntityChange change{{}, nullptr, nullptr, now()};
    const int how = dice.below(6);
    if (how != 0) change.before = record_of(dice.entity(id));
    if (how != 1) change.after = record_of(dice.entity(id));
    const ChangeSet changes(change);
    std::set<std::string> expected, got;
    for (const SubscriptionPtr& each : all) {
      if (concerns(*each, change, changes, nullptr)) expected.insert(each->id);
    }
    std::vector<SubscriptionPtr> found;
    matcher.match(change, nullptr, found);
    for (const SubscriptionPtr& each : found) EXPECT_TRUE(got.insert(each->id).second);
    ASSERT_EQ(got, expected) << "round " << round;
    told += got.size();
  }
  EXPECT_GT(told, 1000u);  // the dice are not loaded
  for (const SubscriptionPtr& each : all) matcher.remove(each);
  EXPECT_EQ(matcher.size(), 0u);
}

TEST(Matcher, LooksAtNoSubscriptionThatDiffers) {
  Matcher matcher;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    matcher.add(made(body_of("type" + n, "\"entities\":[{\"type\":\"Other" + n + "\"}]")));
    matcher.add(made(body_of("attribute" + n, R"("entities":[{"type":"T"}],"watchedAttributes":["b)" + n + "\"]")));
    matcher.add(made(body_of("id" + n, R"("entities":[{"type":"T","id":"urn:x:other)" + n + "\"}]")));
    matcher.add(made(body_of("pattern" + n, R"("entities":[{"type":"T","idPattern":"^urn:x:other)" + n + "\"}]")));
    matcher.add(made(body_of(
        "area" + n,
        R"("entities":[{"type":"T"}],"geoQ":{"georel":"near;maxDistance==100","geometry":"Point","coordinates":[)" + n +
            ",50]}")));
    matcher.add(made(body_of("number" + n, R"("entities":[{"type":"T"}],"q":"a>)" + std::to_string(100 + i) + "\"")));
  }
  const store::EntityChange change{
      {},
      record_of(R"({"id":"urn:x:1","type":"T","a":1})"),
      record_of(
          R"({"id":"urn:x:1","type":"T","a":2,"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[1,1]}}})"),
      now()};
  std::vector<SubscriptionPtr> found;
  matcher.match(change, nullptr, found);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(matcher.tried(), 0u);
}

TEST(ChangeSet, TimesOfTheSystemAreNoChange) {
  ngsi::Entity entity = entity_of(
      R"({"id":"urn:x:1","type":"T","a":{"type":"Property","value":1,"unitCode":"MTR","sub":{"type":"Property","value":2}}})");
  const auto at = [&](std::int64_t us) { return ngsi::stamped(**ngsi::encode(entity), Instant{us}); };
  EXPECT_TRUE(ChangeSet({{}, at(1), at(2), Instant{2}}).instances.empty());
  const ngsi::RecordPtr before = at(1);
  entity.attributes.front().subs.front().value = "3";
  const ChangeSet changes({{}, before, at(2), Instant{2}});
  ASSERT_EQ(changes.instances.size(), 1u);
  EXPECT_EQ(changes.instances.front().kind, kAttributeUpdated);
}

}  // namespace
}  // namespace tsunagu::broker
