#include <algorithm>
#include <map>
#include <random>

#include "contract/contract.h"

namespace tsunagu::store {
namespace {

using Ids = std::vector<std::string>;

std::string id_of(int i) {
  return "urn:ngsi-ld:Thing:" + std::to_string(i);
}

// Things of many kinds, so that every index has something to say.
ngsi::Entity thing(int i, std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  ngsi::Entity e = entity(id_of(i), pick(4) ? "Sensor" : "Shelter");
  if (pick(5) == 0) e.types.push_back(name("Special"));
  const char* scopes[] = {"/hokkaido", "/hokkaido/sapporo", "/hokkaido/otaru", "/tohoku"};
  if (pick(3)) e.scopes.push_back(scopes[pick(4)]);
  if (pick(8)) e.attributes.push_back(property("temperature", std::to_string(pick(60) - 20) + (pick(2) ? ".5" : "")));
  if (pick(6) == 0) e.attributes.push_back(property("temperature", std::to_string(pick(60) - 20), "urn:second"));
  const char* texts[] = {"\"\"",           "\"a\"",      "\"abc\"",          "\"abcdefghij\"",
                         "\"abcdefghix\"", "\"つなぐ\"", "\"line\\nbreak\"", "\"zeta\""};
  if (pick(7)) e.attributes.push_back(property("label", texts[pick(8)]));
  if (pick(2)) e.attributes.push_back(property("open", pick(2) ? "true" : "false"));
  if (pick(3)) {
    std::string day = std::to_string(10 + pick(19));
    const char* ends[] = {"", "T00:00:00Z", "T12:30:00.5Z", "T09:00:00+09:00"};
    e.attributes.push_back(property("since", "\"2024-02-" + day + ends[pick(4)] + "\""));
  }
  if (pick(2)) e.attributes.push_back(link("near", id_of(pick(40))));
  if (pick(3) == 0) {
    ngsi::Attribute a = link("near", "");
    a.dataset_id = "urn:many";
    a.value = "[\"" + id_of(pick(40)) + "\",\"" + id_of(pick(40)) + "\"]";
    e.attributes.push_back(a);
  }
  if (pick(3) == 0)
    e.attributes.push_back(
        property("address", "{\"city\":\"c" + std::to_string(pick(5)) + "\",\"zip\":" + std::to_string(pick(9)) + "}"));
  if (pick(4) == 0)
    e.attributes.push_back(
        property("list", "[" + std::to_string(pick(9)) + ",\"x" + std::to_string(pick(9)) + "\",true]"));
  if (pick(9) == 0) {
    std::string long_list = "[0";
    for (int k = 1; k < 200; ++k) long_list += "," + std::to_string(k);
    e.attributes.push_back(property("list", long_list + "]", "urn:long"));
  }
  if (pick(5) == 0) {
    ngsi::Attribute a = property("title", "{\"ja\":\"駅" + std::to_string(pick(4)) + "\",\"en\":\"Station\"}");
    a.kind = ngsi::AttrKind::kLanguageProperty;
    e.attributes.push_back(a);
  }
  if (pick(4)) e.attributes.push_back(geo("location", 141 + pick(1000) / 500.0, 42 + pick(1000) / 500.0));
  if (pick(4) == 0) {
    ngsi::Attribute measured = property("humidity", std::to_string(pick(100)));
    measured.observed_at = Instant{1'700'000'000'000'000 + pick(1000) * 1'000'000};
    measured.subs.push_back(property("accuracy", std::to_string(pick(5))));
    e.attributes.push_back(measured);
  }
  return e;
}

class Queries : public StoreContract {
 protected:
  // Every entity that the evaluator alone would let through, in creation order.
  Ids expected(const ngsi::Selection& selection) {
    struct All final : ngsi::Linked {
      const Store* store;
      ngsi::RecordPtr find(std::string_view id) const override { return store->find(TenantId{}, id); }
    } all;
    all.store = store_.get();
    Ids out;
    for (const std::string& id : order_)
      if (const auto r = store_->find(TenantId{}, id); r && ngsi::matches(selection, *r, &all)) out.push_back(id);
    return out;
  }

  void fill(int count, unsigned seed) {
    random_.seed(seed);
    std::vector<Write> writes;
    for (int i = 0; i < count; ++i) {
      auto r = record(thing(i, random_));
      writes.push_back(EntityWrite{{}, id_of(i), [r](auto*, Instant) -> Result<Decision> { return Put{r}; }});
      order_.push_back(id_of(i));
    }
    write(std::move(writes));
  }

  // Changes, deletes and creates again at random.
  void churn(int count) {
    std::vector<Write> writes;
    for (int k = 0; k < count; ++k) {
      const int i = static_cast<int>(random_() % order_.size());
      const auto at = std::find(order_.begin(), order_.end(), id_of(i));
      if (random_() % 5 == 0) {
        writes.push_back(EntityWrite{{}, id_of(i), [](auto*, Instant) -> Result<Decision> { return Remove{}; }});
        deleted_.push_back(id_of(i));
        continue;
      }
      auto r = record(thing(i, random_));
      writes.push_back(EntityWrite{{}, id_of(i), [r](auto*, Instant) -> Result<Decision> { return Put{r}; }});
      const auto gone = std::find(deleted_.begin(), deleted_.end(), id_of(i));
      if (gone != deleted_.end()) {  // a new entity: it comes last
        deleted_.erase(std::remove(deleted_.begin(), deleted_.end(), id_of(i)), deleted_.end());
        std::rotate(at, at + 1, order_.end());
      }
    }
    write(std::move(writes));
  }

  static std::vector<std::string> questions() {
    return {"temperature==5",
            "temperature==5.5",
            "temperature>30",
            "temperature>=30;temperature<=31",
            "temperature<-15",
            "temperature==1..3",
            "temperature!=5",
            "temperature",
            "temperature==1,2,3",
            "label==\"abc\"",
            "label==\"\"",
            "label==\"つなぐ\"",
            "label==\"line\\nbreak\"",
            "label>\"abc\"",
            "label<\"abcdefghiz\"",
            "label>=\"abcdefghij\"",
            "label~=^abcd",
            "label~=^abcdefghij",
            "label~=a",
            "label!~=^a",
            "label~=^つな",
            "label~=^ab*",
            "label==\"a\"..\"abd\"",
            "open==true",
            "open==false",
            "open!=true",
            "since==2024-02-12",
            "since>2024-02-20T12:00:00Z",
            "since<=2024-02-12T00:00:00Z",
            "since==2024-02-11..2024-02-13",
            "near==urn:ngsi-ld:Thing:7",
            "near==\"urn:ngsi-ld:Thing:7\"",
            "near!=urn:ngsi-ld:Thing:7",
            "near",
            "address[city]==\"c2\"",
            "address[zip]>6",
            "list==3",
            "list==\"x3\"",
            "list==150",
            "list==true",
            "title[ja]==\"駅2\"",
            "title==\"Station\"",
            "location",
            "humidity.accuracy==2",
            "humidity.observedAt>2023-11-14T22:20:00Z",
            "near{temperature}>20",
            "near{label}==\"abc\"",
            "unheardOf",
            "unheardOf==1",
            "!unknown==1",
            "temperature>35|label==\"zeta\"",
            "temperature>35|open==true;label==\"a\"",
            "(temperature>25|humidity>90);open==true",
            "temperature>0;temperature<3;label~=^a",
            "open==true|unheardOf==2",
            "id==\"" + id_of(3) + "\"",
            "createdAt<2030-01-01T00:00:00Z"};
  }

  std::vector<ngsi::Selection> selections() {
    std::vector<ngsi::Selection> out;
    for (const std::string& q : questions()) {
      auto parsed = ngsi::parse_q(q, *ngsi::core_context());
      if (!parsed) continue;
      out.emplace_back().q.push_back(std::move(*parsed));
    }
    for (const char* types : {"Sensor", "Shelter", "Special", "Sensor;Special", "Shelter,Special",
                              "(Sensor;Special)|Shelter", "Nothing", "*"})
      out.push_back(of_type(types));
    for (const char* scope :
         {"/hokkaido", "/hokkaido/#", "/hokkaido/+", "/#", "/tohoku,/hokkaido/otaru", "/nowhere/#"}) {
      auto parsed = ngsi::parse_scope_q(scope);
      if (parsed) out.emplace_back().scope = std::move(*parsed);
    }
    for (const auto& [georel, geometry, coordinates] :
         {std::tuple("near;maxDistance==20000", "Point", "[141.5,43]"),
          std::tuple("near;minDistance==100000", "Point", "[141.5,43]"),
          std::tuple("within", "Polygon", "[[[141.2,42.2],[142,42.2],[142,43],[141.2,43],[141.2,42.2]]]"),
          std::tuple("disjoint", "Polygon", "[[[141.2,42.2],[142,42.2],[142,43],[141.2,43],[141.2,42.2]]]"),
          std::tuple("equals", "Point", "[141.5,43]")}) {
      auto parsed = ngsi::GeoQuery::parse(georel, geometry, coordinates, name("location"));
      EXPECT_TRUE(parsed.has_value()) << georel;
      if (parsed) out.emplace_back().geo = std::move(*parsed);
    }
    out.emplace_back().attrs = {name("humidity"), name("title")};
    out.emplace_back().ids = {id_of(5), id_of(2), id_of(5), "urn:none"};
    EXPECT_TRUE(ngsi::set_id_pattern(out.emplace_back(), "7$").has_value());
    return out;
  }

  void compare_all(const char* when) {
    auto all = selections();
    const auto again = selections();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Ids want = expected(all[i]);
      auto cursor = store_->query(TenantId{}, std::move(all[i]));
      Ids got;
      std::vector<ngsi::RecordPtr> page;
      for (bool more = true; more;) {
        page.clear();
        more = cursor->step(37, 5, page);
        for (const auto& r : page) got.emplace_back(r->id());
      }
      EXPECT_EQ(got, want) << when << ", selection " << i << " by " << cursor->plan().access;
      if (cursor->known_count()) {
        EXPECT_EQ(*cursor->known_count(), want.size());
      }
    }
  }

  std::mt19937 random_;
  Ids order_, deleted_;
};
TSUNAGU_FOR_EVERY_STORE(Queries);

TEST_P(Queries, IndexesFindExactlyWhatTheEvaluatorLetsThrough) {
  fill(300, 1);
  compare_all("after filling");
}

TEST_P(Queries, IndexesFollowEveryChange) {
  fill(200, 2);
  for (int round = 0; round < 5; ++round) {
    churn(100);
    compare_all("while changing");
  }
  reopen();
  compare_all("after opening again");
  churn(100);
  compare_all("after changing what was opened again");
}

TEST_P(Queries, CountsAndSkipsWithoutLooking) {
  fill(100, 4);
  const Ids all = ids({});
  const Ids sensors = ids(of_type("Sensor"));
  EXPECT_EQ(store_->query(TenantId{}, {})->known_count(), all.size());
  for (const bool only_sensors : {false, true}) {
    auto cursor = store_->query(TenantId{}, only_sensors ? of_type("Sensor") : ngsi::Selection{});
    const Ids& want = only_sensors ? sensors : all;
    EXPECT_EQ(cursor->known_count(), want.size());
    EXPECT_EQ(cursor->skip_cheaply(40), 40u);
    std::vector<ngsi::RecordPtr> page;
    cursor->step(1000, 1, page);
    ASSERT_EQ(page.size(), 1u);
    EXPECT_EQ(page[0]->id(), want[40]);
  }
  EXPECT_EQ(store_->query(TenantId{}, {})->skip_cheaply(1000), all.size());
  EXPECT_EQ(store_->query(TenantId{}, where("temperature>0"))->known_count(), std::nullopt);
  EXPECT_EQ(store_->query(TenantId{}, where("temperature>0"))->skip_cheaply(5), 0u);
}

TEST_P(Queries, SeesEverythingThatStaysExactlyOnceWhileOthersComeAndGo) {
  fill(200, 5);
  // Even numbers stay and only change their values; odd ones are deleted and created.
  auto cursor = store_->query(TenantId{}, {});
  std::vector<std::string> seen;
  std::vector<ngsi::RecordPtr> page;
  int i = 0;
  for (bool more = true; more; ++i) {
    page.clear();
    more = cursor->step(10, 10, page);
    for (const auto& r : page) seen.emplace_back(r->id());
    remove(id_of((i * 14 + 1) % 200));
    change(id_of(i * 2 % 200), [](ngsi::Entity& e, Instant) { e.attributes.clear(); });
    put(entity("urn:new:" + std::to_string(i), "Sensor"));
    if (i > 1000) FAIL() << "the query never ends";
  }
  for (int k = 0; k < 200; k += 2) EXPECT_EQ(std::count(seen.begin(), seen.end(), id_of(k)), 1) << k;
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST_P(Queries, TellsTypesAndAttributesInUse) {
  fill(150, 6);
  churn(150);
  for (int round = 0; round < 2; ++round) {
    std::map<std::uint32_t, std::uint64_t> types;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint64_t, unsigned>> uses;
    for (const std::string& id : order_) {
      const auto r = store_->find(TenantId{}, id);
      if (!r) continue;
      std::map<std::uint32_t, unsigned> kinds;
      for (const auto a : r->attributes()) kinds[a.name().value] |= 1u << static_cast<unsigned>(a.kind());
      for (std::uint16_t t = 0; t < r->type_count(); ++t) {
        ++types[r->type(t).value];
        for (const auto& [attribute, kind] : kinds) {
          auto& use = uses[{r->type(t).value, attribute}];
          ++use.first;
          use.second |= kind;
        }
      }
    }
    const auto got_types = store_->types(TenantId{});
    EXPECT_EQ(got_types.size(), types.size());
    for (const TypeCount& t : got_types) EXPECT_EQ(t.entities, types[t.type.value]);
    const auto got_uses = store_->attribute_uses(TenantId{});
    EXPECT_EQ(got_uses.size(), uses.size());
    for (const AttributeUse& u : got_uses) {
      const auto& want = uses[{u.type.value, u.attribute.value}];
      EXPECT_EQ(u.entities, want.first);
      EXPECT_EQ(u.kinds, want.second);
    }
    reopen();
  }
}

TEST_P(Queries, SaysHowItAnswers) {
  fill(100, 7);
  const auto access = [&](ngsi::Selection s) {
    return store_->query(TenantId{}, std::move(s))->plan().as_json(*ngsi::core_context());
  };
  EXPECT_EQ(access(where("label==\"nowhere\"")),
            "{\"access\":\"text index on label\",\"candidates\":0,\"examined\":0}");
  EXPECT_EQ(access({}).substr(0, 15), "{\"access\":\"scan");
}

}  // namespace
}  // namespace tsunagu::store
