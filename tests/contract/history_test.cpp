#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "contract/history_model.h"

namespace tsunagu::store {
namespace {

class History : public StoreContract {
 protected:
  std::unique_ptr<HistoryReader> reader(TenantId tenant = {}) {
    auto opened = store_->history(tenant);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().detail);
    return std::move(*opened);
  }
  std::vector<Remembered> all(const std::string& id, std::string_view attribute, std::string dataset = {},
                              TenantId tenant = {}) {
    return scan_all(*reader(tenant), id, {name(attribute), std::move(dataset)}, all_of_it(), false);
  }
  std::vector<std::string> values(const std::string& id, std::string_view attribute, std::string dataset = {}) {
    std::vector<std::string> out;
    for (const Remembered& p : all(id, attribute, std::move(dataset))) out.push_back(p.value);
    return out;
  }
  Outcome history(HistoryWrite one) {
    std::vector<Write> writes;
    writes.push_back(std::move(one));
    return std::move(write(std::move(writes)).at(0));
  }
  Outcome set(std::string_view id, std::string_view attribute, std::string value, Instant observed = {}) {
    return change(id, [&](ngsi::Entity& e, Instant now) {
      ngsi::Attribute a = property(attribute, value);
      a.observed_at = observed;
      a.modified_at = now;
      if (auto* old = e.find(a.name, "")) {
        a.created_at = old->created_at;
        *old = a;
      } else {
        e.attributes.push_back(a);
      }
    });
  }
};
TSUNAGU_FOR_EVERY_STORE(History);

using Texts = std::vector<std::string>;

TEST_P(History, EveryChangeOfAnAttributeIsRemembered) {
  put(entity("urn:a", "T", {property("level", "1"), property("name", "\"x\"")}));
  set("urn:a", "level", "2");
  set("urn:a", "level", "3");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(values("urn:a", "level"), (Texts{"1", "2", "3"}));
    EXPECT_EQ(values("urn:a", "name"), (Texts{"\"x\""}));
    EXPECT_EQ(values("urn:a", "other"), Texts());
    EXPECT_EQ(values("urn:b", "level"), Texts());
    auto r = reader();
    EXPECT_EQ((*r->series("urn:a")).size(), 2u);
    const auto known = *r->entity("urn:a");
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(known->types, (std::vector{name("T")}));
    EXPECT_EQ(known->deleted_at, kNoInstant);
    EXPECT_FALSE(r->entity("urn:b")->has_value());
    EXPECT_TRUE(r->past_entities("", 10)->empty());
    r.reset();
    reopen();
  }
}

TEST_P(History, DeletionsLeaveTombstonesAndANewLifeGoesOn) {
  put(entity("urn:a", "T", {property("level", "1"), link("of", "urn:x")}));
  change("urn:a", [](ngsi::Entity& e, Instant) {
    std::erase_if(e.attributes, [](const auto& a) { return a.name == name("of"); });
  });
  EXPECT_EQ(values("urn:a", "of"), (Texts{"\"urn:x\"", "\"urn:ngsi-ld:null\""}));
  remove("urn:a");
  for (int round = 0; round < 2; ++round) {
    const auto points = all("urn:a", "level");
    ASSERT_EQ(points.size(), 2u);
    EXPECT_EQ(points[1].value, "\"urn:ngsi-ld:null\"");
    EXPECT_EQ(points[1].deleted, points[1].written);
    auto r = reader();
    const auto past = *r->past_entities("", 10);
    ASSERT_EQ(past.size(), 1u);
    EXPECT_EQ(past[0].id, "urn:a");
    EXPECT_EQ(past[0].deleted_at, points[1].deleted);
    EXPECT_EQ(past[0].types, (std::vector{name("T")}));
    EXPECT_TRUE(r->past_entities("urn:a", 10)->empty());
    const auto states = *r->states("urn:a");
    ASSERT_EQ(states.size(), 2u);
    EXPECT_FALSE(states[0].deleted);
    EXPECT_TRUE(states[1].deleted);
    TimeWindow deleted;
    deleted.property = TimeProperty::kDeletedAt;
    EXPECT_EQ(scan_all(*r, "urn:a", {name("level"), ""}, deleted, false).size(), 1u);
    r.reset();
    reopen();
  }
  put(entity("urn:a", "U", {property("level", "5")}));
  EXPECT_EQ(values("urn:a", "level"), (Texts{"1", "\"urn:ngsi-ld:null\"", "5"}));
  EXPECT_TRUE(reader()->past_entities("", 10)->empty());
  EXPECT_EQ((*reader()->states("urn:a")).size(), 3u);
}

TEST_P(History, AnEntityCanBeKnownToHistoryOnly) {
  HistoryWrite write;
  write.id = "urn:h";
  for (int i = 0; i < 5; ++i) {
    write.add.push_back(property("level", std::to_string(i)));
    write.add.back().observed_at = Instant{1000 - i};
  }
  EXPECT_FALSE(history(write).result.has_value()) << "no type";
  write.types = {name("T")};
  ASSERT_TRUE(history(write).result.has_value());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(values("urn:h", "level"), (Texts{"4", "3", "2", "1", "0"}));
    EXPECT_EQ(store_->find(TenantId{}, "urn:h").get(), nullptr);
    const auto past = *reader()->past_entities("", 10);
    ASSERT_EQ(past.size(), 1u);
    EXPECT_EQ(past[0].types, (std::vector{name("T")}));
    EXPECT_EQ(past[0].deleted_at, kNoInstant);
    reopen();
  }
  write.types = {name("U")};
  write.add.resize(1);
  write.add[0].value = "9";
  ASSERT_TRUE(history(write).result.has_value());
  EXPECT_EQ(reader()->entity("urn:h")->value().types.size(), 2u);
  HistoryWrite forget;
  forget.id = "urn:h";
  forget.forget = true;
  ASSERT_TRUE(history(forget).result.has_value());
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(reader()->entity("urn:h")->has_value());
    EXPECT_TRUE(reader()->past_entities("", 10)->empty());
    reopen();
  }
}

TEST_P(History, AReaderSeesWhatWasWhenItWasOpened) {
  put(entity("urn:a", "T", {property("level", "1")}));
  auto r = reader();
  set("urn:a", "level", "2");
  put(entity("urn:b", "T", {property("level", "1")}));
  EXPECT_EQ(scan_all(*r, "urn:a", {name("level"), ""}, all_of_it(), false).size(), 1u);
  EXPECT_FALSE(r->entity("urn:b")->has_value());
  remove("urn:a");
  EXPECT_EQ(scan_all(*r, "urn:a", {name("level"), ""}, all_of_it(), false).size(), 1u);
}

// Whatever is written, folded and reopened in whatever order: it is as in the model.
TEST_P(History, RandomWritesAreRememberedAsInTheModel) {
  const auto seed = std::getenv("SEED") ? static_cast<unsigned>(std::atoi(std::getenv("SEED"))) : 7u;
  std::mt19937 random(seed);
  const auto pick = [&](unsigned n) { return static_cast<int>(static_cast<unsigned>(random()) % n); };
  HistoryModel model;
  int next_value = 0;
  const Texts ids{"urn:r:1", "urn:r:2", "urn:r:3"}, names{"a", "b", "c"}, datasets{"", "urn:d"};
  const auto instance = [&] {
    const int n = ++next_value;
    ngsi::Attribute a =
        property(names[pick(3)], pick(4) ? std::to_string(n) : "\"" + std::to_string(n) + "\"", datasets[pick(3) == 0]);
    if (pick(3)) a.observed_at = Instant{1'700'000'000'000'000 + pick(50) * 1'000'000};
    return a;
  };
  const auto check = [&](const std::string& id) {
    auto r = reader();
    std::vector<SeriesKey> keys;
    for (const auto& [key, points] : model.series(id)) keys.push_back(key);
    EXPECT_EQ(*r->series(id), keys);
    for (const SeriesKey& key : keys) {
      TimeWindow observed, deleted;
      observed.from = Instant{1'700'000'000'000'000 + pick(50) * 1'000'000};
      observed.to = Instant{observed.from.us + pick(50) * 1'000'000};
      deleted.property = TimeProperty::kDeletedAt;
      for (const TimeWindow& window : {all_of_it(), observed, deleted, TimeWindow{}})
        for (const bool newest_first : {false, true})
          ASSERT_EQ(scan_all(*r, id, key, window, newest_first), model.expected(id, key, window, newest_first))
              << id << " " << key.dataset_id;
    }
  };
  for (int round = 0; round < 600; ++round) {
    const std::string& id = ids[pick(3)];
    const auto before = store_->find(TenantId{}, id);
    Instant at;
    const int what = pick(20);
    if (what < 14) {
      if (!before) {
        EntityWrite create{
            TenantId{}, id,
            [&, r = record(entity(id, "T", {instance()}))](const ngsi::Record*, Instant now) -> Result<Decision> {
              at = now;
              return Put{r};
            }};
        ASSERT_TRUE(write(std::move(create)).result.has_value());
      } else if (what == 0) {
        EntityWrite drop{TenantId{}, id, [&](const ngsi::Record*, Instant now) -> Result<Decision> {
                           at = now;
                           return Remove{};
                         }};
        ASSERT_TRUE(write(std::move(drop)).result.has_value());
      } else {
        change(id, [&](ngsi::Entity& e, Instant now) {
          at = now;
          if (what == 1 && !e.attributes.empty())
            e.attributes.erase(e.attributes.begin() + pick(static_cast<unsigned>(e.attributes.size())));
          ngsi::Attribute a = instance();
          if (auto* old = e.find(a.name, a.dataset_id)) {
            *old = a;
          } else {
            e.attributes.push_back(a);
          }
        });
      }
      model.write(id, before.get(), store_->find(TenantId{}, id).get(), at);
    } else if (what < 19) {
      HistoryWrite write;
      write.id = id;
      const auto& known = model.series(id);
      if (what == 14 && pick(6) == 0) write.forget = true;
      if (!known.empty()) {
        const auto& [key, points] = *std::next(known.begin(), pick(static_cast<unsigned>(known.size())));
        const Instant written = points[static_cast<std::size_t>(pick(static_cast<unsigned>(points.size())))].written;
        if (what == 15 && pick(3) == 0) write.forget_series.push_back(key);
        if (what == 16) write.forget_instances.push_back({key, written});
        if (what == 17) {
          ngsi::Attribute by = instance();
          by.name = key.name;
          by.dataset_id = key.dataset_id;
          write.replace.push_back({{key, written}, by});
        }
      }
      if (what >= 18 || pick(3) == 0) {
        write.types = {name("T")};
        for (int i = pick(12); i >= 0; --i) write.add.push_back(instance());
      }
      ASSERT_TRUE(history(write).result.has_value());
      auto r = reader();
      model.history(write, *r);
    } else if (pick(5) == 0) {
      reopen();
    }
    check(id);
    if (HasFatalFailure()) return;
  }
}

// Writers, readers and folding at once: every reader sees each series as an unbroken count up to some number, never
// less than before.
TEST_P(History, ReadersSeeWholeHistoryWhileItIsWrittenAndFolded) {
  constexpr int kEntities = 3, kRounds = 120;
  const auto id_of = [](int i) { return "urn:c:" + std::to_string(i); };
  for (int i = 0; i < kEntities; ++i) put(entity(id_of(i), "T", {property("n", "0")}));
  std::atomic<bool> done{false};
  std::atomic<int> broken{0}, shrunk{0}, failed{0};
  std::vector<std::thread> threads;
  for (int reading = 0; reading < 2; ++reading)
    threads.emplace_back([&, reading] {
      std::vector<std::size_t> seen(kEntities);
      while (!done) {
        auto opened = store_->history(TenantId{});
        if (!opened) {
          ++failed;
          continue;
        }
        for (int i = 0; i < kEntities; ++i) {
          const auto points = scan_all(**opened, id_of(i), {name("n"), ""}, all_of_it(), reading == 1);
          for (std::size_t k = 0; k < points.size(); ++k)
            if (points[k].value != std::to_string(reading == 1 ? points.size() - 1 - k : k)) ++broken;
          if (points.size() < seen[static_cast<std::size_t>(i)]) ++shrunk;
          seen[static_cast<std::size_t>(i)] = points.size();
        }
      }
    });
  std::vector<std::thread> writers;
  for (int i = 0; i < kEntities; ++i)
    writers.emplace_back([&, i] {
      for (int n = 1; n <= kRounds; ++n) set(id_of(i), "n", std::to_string(n));
    });
  for (std::thread& t : writers) t.join();
  done = true;
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(shrunk, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(values(id_of(1), "n").size(), kRounds + 1u);
}

}  // namespace
}  // namespace tsunagu::store
