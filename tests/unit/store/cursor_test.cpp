// How a query finds its way when there is much to walk; what it finds at all is the contract's business.
#include "store/memory/cursor.h"

#include <gtest/gtest.h>

#include "ngsi/context.h"

namespace tsunagu::store {
namespace {

constexpr std::uint64_t kCount = 60000;

ngsi::TermId term(std::string_view text) {
  return ngsi::core_context()->intern(text);
}

// Entity i has n = i * 7919 modulo 60000 (each number once, scattered) and half = i < 30000.
std::shared_ptr<State> many() {
  auto state = std::make_shared<State>();
  state->tenants.push_back(std::make_unique<Tenant>());
  std::vector<Graph::Loaded> loaded;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    ngsi::Entity e;
    e.id = "urn:" + std::to_string(i);
    e.types = {term("Thing")};
    for (const auto& [name, value] : {std::pair("n", std::to_string(i * 7919 % kCount)),
                                      std::pair("half", std::string(i < kCount / 2 ? "true" : "false"))}) {
      ngsi::Attribute a;
      a.name = term(name);
      a.value = value;
      e.attributes.push_back(a);
    }
    loaded.push_back({i + 1, *ngsi::encode(std::move(e))});
  }
  state->tenants[0]->graph.load(std::move(loaded), 2);
  return state;
}

ngsi::Selection where(std::string_view q) {
  ngsi::Selection selection;
  selection.q.push_back(*ngsi::parse_q(q, *ngsi::core_context()));
  return selection;
}

std::uint64_t number(const ngsi::Record& r) {
  return std::stoull(std::string(r.id().substr(4)));
}

TEST(LongQueries, ChangeOverToAnIndexInTheMiddleOfAWalk) {
  const auto state = many();
  auto cursor = open_cursor(state, TenantId{}, where("n>=54000"));  // more than is collected at once
  EXPECT_EQ(cursor->plan().access, "scan");
  std::vector<ngsi::RecordPtr> found;
  while (cursor->step(1000, 100, found)) {
  }
  EXPECT_EQ(cursor->plan().access, "number index on " + std::string(ngsi::terms().text(term("n"))));
  EXPECT_LT(cursor->plan().examined, kCount / 2);
  std::vector<std::uint64_t> want;
  for (std::uint64_t i = 0; i < kCount; ++i)
    if (i * 7919 % kCount >= 54000) want.push_back(i);
  ASSERT_EQ(found.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_EQ(number(*found[i]), want[i]);
}

TEST(LongQueries, AFirstPageOfManyHitsLooksAtFew) {
  const auto state = many();
  auto cursor = open_cursor(state, TenantId{}, where("n>=30000"));
  std::vector<ngsi::RecordPtr> page;
  cursor->step(1000, 20, page);
  EXPECT_EQ(page.size(), 20u);
  EXPECT_LT(cursor->plan().examined, 200u);
}

TEST(LongQueries, FewHitsAreFoundWithoutAWalk) {
  const auto state = many();
  for (const char* q : {"n==77", "n>59990", "n>59990;half==true", "n==1,2,3|n==5"}) {
    auto cursor = open_cursor(state, TenantId{}, where(q));
    std::vector<ngsi::RecordPtr> found;
    while (cursor->step(1000, 100, found)) {
    }
    EXPECT_LT(cursor->plan().examined, 20u) << q;
    EXPECT_FALSE(found.empty()) << q;
  }
}

TEST(LongQueries, StepsAreBoundedByTheirBudget) {
  const auto state = many();
  auto cursor = open_cursor(state, TenantId{}, where("n!=5"));
  std::vector<ngsi::RecordPtr> found;
  std::uint64_t before = 0;
  while (cursor->step(500, 10000, found)) {
    EXPECT_LE(cursor->plan().examined - before, 500u);
    before = cursor->plan().examined;
  }
  EXPECT_EQ(found.size(), kCount - 1);
}

TEST(Slots, AreUsedAgainOnlyWhenManyAreFree) {
  Graph graph;
  for (std::uint32_t i = 0; i < 20000; ++i) EXPECT_EQ(graph.take_slot(), i);
  for (std::uint32_t i = 0; i < 5000; ++i) graph.give_back(i);
  EXPECT_EQ(graph.take_slot(), 20000u);  // a quarter and less is left free, so that the order stays that of creation
  for (std::uint32_t i = 5000; i < 6000; ++i) graph.give_back(i);
  EXPECT_LT(graph.take_slot(), 6000u);
}

}  // namespace
}  // namespace tsunagu::store
