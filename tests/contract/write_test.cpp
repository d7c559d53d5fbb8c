#include "contract/contract.h"

namespace tsunagu::store {
namespace {

TSUNAGU_FOR_EVERY_STORE(StoreContract);

TEST_P(StoreContract, StartsEmptyWithTheDefaultTenant) {
  EXPECT_EQ(store_->find_tenant(""), TenantId{0});
  EXPECT_FALSE(store_->find(TenantId{}, "urn:a"));
  EXPECT_TRUE(ids({}).empty());
  EXPECT_TRUE(store_->types(TenantId{}).empty());
}

TEST_P(StoreContract, KeepsWhatItAcknowledged) {
  const Outcome made = put(entity("urn:a", "Room", {property("temperature", "21.5"), property("label", "\"つなぐ\"")}));
  ASSERT_TRUE(made.result.has_value());
  EXPECT_FALSE(made.before);
  ASSERT_TRUE(made.after);
  const std::string bytes(made.after->bytes());
  ASSERT_TRUE(store_->find(TenantId{}, "urn:a"));
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->bytes(), bytes);
  reopen();
  ASSERT_TRUE(store_->find(TenantId{}, "urn:a"));
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->bytes(), bytes);
}

TEST_P(StoreContract, TellsTheStateAroundEachWrite) {
  put(entity("urn:a", "Room", {property("temperature", "1")}));
  const Outcome changed = change("urn:a", [](ngsi::Entity& e, Instant) { e.attributes[0].value = "2"; });
  EXPECT_EQ(changed.before->find(name("temperature")).value(), "1");
  EXPECT_EQ(changed.after->find(name("temperature")).value(), "2");
  const Outcome removed = remove("urn:a");
  EXPECT_EQ(removed.before->find(name("temperature")).value(), "2");
  EXPECT_FALSE(removed.after);
  EXPECT_FALSE(store_->find(TenantId{}, "urn:a"));
  EXPECT_EQ(remove("urn:a").result.error().code, ErrorCode::kResourceNotFound);
}

TEST_P(StoreContract, AnErrorOfADecisionLeavesItsEntityAndNoOtherUntouched) {
  std::vector<Write> writes;
  const auto make = [](std::string_view id) { return Put{record(entity(id, "Room"))}; };
  writes.push_back(EntityWrite{{}, "urn:a", [&](auto*, Instant) -> Result<Decision> { return make("urn:a"); }});
  writes.push_back(EntityWrite{
      {}, "urn:b", [](auto*, Instant) -> Result<Decision> { return fail(ErrorCode::kAlreadyExists, "no"); }});
  writes.push_back(EntityWrite{{}, "urn:c", [&](auto*, Instant) -> Result<Decision> { return make("urn:c"); }});
  const auto outcomes = write(std::move(writes));
  EXPECT_TRUE(outcomes[0].result.has_value());
  EXPECT_EQ(outcomes[1].result.error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(outcomes[2].result.has_value());
  EXPECT_EQ(ids({}), (std::vector<std::string>{"urn:a", "urn:c"}));
}

TEST_P(StoreContract, LaterWritesOfOneCallSeeTheEarlierOnes) {
  std::vector<Write> writes;
  for (int i = 0; i < 5; ++i)
    writes.push_back(EntityWrite{{}, "urn:a", [i](const ngsi::Record* current, Instant) -> Result<Decision> {
                                   EXPECT_EQ(current != nullptr, i > 0);
                                   if (current) {
                                     EXPECT_EQ(current->find(name("n")).value(), std::to_string(i - 1));
                                   }
                                   return Put{record(entity("urn:a", "Room", {property("n", std::to_string(i))}))};
                                 }});
  write(std::move(writes));
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->find(name("n")).value(), "4");
}

TEST_P(StoreContract, CreatesAndRemovesWithinOneCall) {
  std::vector<Write> writes;
  const auto make = [](auto*, Instant) -> Result<Decision> { return Put{record(entity("urn:a", "Room"))}; };
  const auto drop = [](auto*, Instant) -> Result<Decision> { return Remove{}; };
  writes.push_back(EntityWrite{{}, "urn:a", make});
  writes.push_back(EntityWrite{{}, "urn:a", drop});
  write(std::move(writes));
  EXPECT_FALSE(store_->find(TenantId{}, "urn:a"));
  writes.clear();
  put(entity("urn:a", "Room", {property("n", "1")}));
  writes.push_back(EntityWrite{{}, "urn:a", drop});
  writes.push_back(EntityWrite{{}, "urn:a", make});
  write(std::move(writes));
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->attribute_count(), 0u);
  EXPECT_EQ(ids(of_type("Room")), std::vector<std::string>{"urn:a"});
  EXPECT_TRUE(ids(where("n==1")).empty());
  reopen();
  EXPECT_EQ(ids(of_type("Room")), std::vector<std::string>{"urn:a"});
}

TEST_P(StoreContract, InstantsOfWritesOnlyGrow) {
  Instant last;
  for (int i = 0; i < 3; ++i) {
    std::vector<Write> writes;
    for (int k = 0; k < 100; ++k)
      writes.push_back(EntityWrite{{}, "urn:" + std::to_string(k), [&last](auto*, Instant now) -> Result<Decision> {
                                     EXPECT_LT(last, now);
                                     last = now;
                                     return Put{record(entity("urn:x", "Room"))};
                                   }});
    write(std::move(writes));
    reopen();
  }
}

TEST_P(StoreContract, RefusesAnotherEntityThanTheOneOfTheWrite) {
  const Outcome outcome = write(EntityWrite{
      {}, "urn:a", [](auto*, Instant) -> Result<Decision> { return Put{record(entity("urn:b", "Room"))}; }});
  EXPECT_EQ(outcome.result.error().code, ErrorCode::kInternalError);
  EXPECT_TRUE(ids({}).empty());
}

TEST_P(StoreContract, ADecisionThatThrowsFailsAloneAsAnError) {
  const Outcome outcome =
      write(EntityWrite{{}, "urn:a", [](auto*, Instant) -> Result<Decision> { throw std::runtime_error("oh"); }});
  EXPECT_EQ(outcome.result.error().code, ErrorCode::kInternalError);
  EXPECT_TRUE(put(entity("urn:b", "Room")).result.has_value());
}

TEST_P(StoreContract, TenantsAreApart) {
  const TenantId otaru = *store_->make_tenant("otaru");
  EXPECT_EQ(*store_->make_tenant("otaru"), otaru);
  EXPECT_NE(otaru, TenantId{0});
  EXPECT_EQ(store_->make_tenant("a b").error().code, ErrorCode::kBadRequestData);
  EXPECT_EQ(store_->make_tenant(std::string(65, 'a')).error().code, ErrorCode::kBadRequestData);
  put(entity("urn:a", "Room", {property("n", "1")}), otaru);
  put(entity("urn:a", "Room", {property("n", "2")}));
  reopen();
  EXPECT_EQ(store_->find_tenant("otaru"), otaru);
  EXPECT_EQ(store_->find(otaru, "urn:a")->find(name("n")).value(), "1");
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->find(name("n")).value(), "2");
  EXPECT_EQ(store_->tenants().size(), 2u);
  EXPECT_EQ(put(entity("urn:a", "Room"), TenantId{77}).result.error().code, ErrorCode::kNonexistentTenant);
}

TEST_P(StoreContract, KeepsDocuments) {
  EXPECT_TRUE(document("contexts", "b", "{\"b\":1}").result.has_value());
  document("contexts", "a", "{\"a\":1}");
  document("contexts", "c", "{\"c\":1}");
  document("contexts", "b", "{\"b\":2}");
  document("contexts", "c", std::nullopt);
  document("other", "a", "1");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->document(TenantId{}, "contexts", "b"), "{\"b\":2}");
    EXPECT_EQ(store_->document(TenantId{}, "contexts", "c"), std::nullopt);
    EXPECT_EQ(store_->documents(TenantId{}, "contexts"),
              (std::vector<std::pair<std::string, std::string>>{{"a", "{\"a\":1}"}, {"b", "{\"b\":2}"}}));
    EXPECT_TRUE(store_->documents(TenantId{}, "none").empty());
    reopen();
  }
}

TEST_P(StoreContract, FinishesWhatItAcceptedThenRefuses) {
  std::vector<std::future<std::vector<Outcome>>> waiting;
  for (int i = 0; i < 100; ++i) {
    auto promise = std::make_shared<std::promise<std::vector<Outcome>>>();
    waiting.push_back(promise->get_future());
    std::vector<Write> writes;
    const std::string id = "urn:" + std::to_string(i);
    writes.push_back(
        EntityWrite{{}, id, [id](auto*, Instant) -> Result<Decision> { return Put{record(entity(id, "Room"))}; }});
    store_->submit(std::move(writes), [promise](auto outcomes) { promise->set_value(std::move(outcomes)); });
  }
  store_->stop();
  for (auto& one : waiting) EXPECT_TRUE(one.get().at(0).result.has_value());
  EXPECT_EQ(put(entity("urn:late", "Room")).result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store_->make_tenant("late").error().code, ErrorCode::kUnavailable);
  reopen();
  EXPECT_EQ(ids({}).size(), 100u);
}

TEST_P(StoreContract, CountsItself) {
  put(entity("urn:a", "Room", {property("n", "1")}));
  put(entity("urn:b", "Room", {property("n", "1")}));
  const Stats stats = store_->stats();
  EXPECT_EQ(stats.entities, 2u);
  EXPECT_EQ(stats.tenants, 1u);
  EXPECT_EQ(stats.commits, 2u);
  EXPECT_GE(stats.groups, 1u);
  EXPECT_GT(stats.journal_bytes, 0u);
  EXPECT_TRUE(stats.writable);
  EXPECT_EQ(stats.record_bytes,
            store_->find(TenantId{}, "urn:a")->bytes().size() + store_->find(TenantId{}, "urn:b")->bytes().size());
}

TEST_P(StoreContract, ExpiredEntitiesAreGoneAtOnce) {
  ngsi::Entity e = entity("urn:a", "Room", {property("n", "1")});
  e.expires_at = Instant{now().us - 1};
  put(e);
  EXPECT_FALSE(store_->find(TenantId{}, "urn:a"));
  EXPECT_TRUE(ids(of_type("Room")).empty());
  const Outcome again = put(entity("urn:a", "Room", {property("n", "2")}));
  EXPECT_FALSE(again.before);
  EXPECT_TRUE(store_->find(TenantId{}, "urn:a"));
  EXPECT_EQ(ids(of_type("Room")), std::vector<std::string>{"urn:a"});
}

TEST_P(StoreContract, ExpiredAttributesGoAway) {
  ngsi::Attribute passing = property("n", "1");
  passing.expires_at = Instant{now().us - 1};
  put(entity("urn:a", "Room", {passing, property("m", "2")}));
  put(entity("urn:b", "Room"));  // whatever is due is done with the next group at the latest
  put(entity("urn:c", "Room"));
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->attribute_count(), 1u);
  reopen();
  EXPECT_EQ(store_->find(TenantId{}, "urn:a")->attribute_count(), 1u);
}

}  // namespace
}  // namespace tsunagu::store
