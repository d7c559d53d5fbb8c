#include <atomic>
#include <thread>

#include "contract/contract.h"

namespace tsunagu::store {
namespace {

class Concurrent : public StoreContract {};
TSUNAGU_FOR_EVERY_STORE(Concurrent);

std::string id_of(int i) {
  return "urn:" + std::to_string(i);
}

// Everybody adds one to the same few counters: no addition may be lost, and none may be seen before it is acknowledged
// as a whole.
TEST_P(Concurrent, WritersLoseNothingAndReadersSeeWholeEntities) {
  constexpr int kWriters = 4, kRounds = 50, kEntities = 10;
  for (int i = 0; i < kEntities; ++i)
    put(entity(id_of(i), "Counter", {property("n", "0"), property("twice", "0"), geo("location", 141, 43)}));

  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, missing{0};
  const auto check = [&](const ngsi::Record& r) {
    const int n = std::stoi(std::string(r.find(name("n")).value()));
    const int twice = std::stoi(std::string(r.find(name("twice")).value()));
    if (twice != 2 * n) ++torn;
  };
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader)
    threads.emplace_back([&, reader] {
      while (!done) {
        auto cursor = store_->query(TenantId{}, reader ? where("n>=0") : of_type("Counter"));
        std::vector<ngsi::RecordPtr> all;
        while (cursor->step(3, 3, all)) {
        }
        if (all.size() != kEntities) ++missing;
        for (const auto& r : all) check(*r);
        if (const auto one = store_->find(TenantId{}, id_of(3))) check(*one);
        (void)store_->types(TenantId{});
        (void)store_->attribute_uses(TenantId{});
        (void)store_->stats();
      }
    });
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int round = 0; round < kRounds; ++round) {
        change(id_of((w + round) % kEntities), [&](ngsi::Entity& e, Instant) {
          const int n = std::stoi(e.find(name("n"), "")->value) + 1;
          e.find(name("n"), "")->value = std::to_string(n);
          e.find(name("twice"), "")->value = std::to_string(2 * n);
          e.find(name("location"), "")->value =
              "{\"type\":\"Point\",\"coordinates\":[" + std::to_string(141 + n) + ",43]}";
        });
        const std::string own = "urn:own:" + std::to_string(w);
        put(entity(own, "Own"));
        if (round % 2) remove(own);
        document("d" + std::to_string(w), "k", std::to_string(round));
        (void)store_->make_tenant("t" + std::to_string(round % 5));
      }
    });
  for (std::thread& t : writers) t.join();
  done = true;
  for (std::thread& t : threads) t.join();

  EXPECT_EQ(torn, 0);
  EXPECT_EQ(missing, 0);
  for (int round = 0; round < 2; ++round) {
    int sum = 0;
    for (int i = 0; i < kEntities; ++i)
      sum += std::stoi(std::string(store_->find(TenantId{}, id_of(i))->find(name("n")).value()));
    EXPECT_EQ(sum, kWriters * kRounds);
    reopen();
  }
}

}  // namespace
}  // namespace tsunagu::store
