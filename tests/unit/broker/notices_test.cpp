#include "broker/subscriptions/notices.h"

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <future>

#include "store/embedded.h"
#include "subscription_sample.h"

namespace tsunagu::broker {
namespace {

/// Keeps what it is given.
class KeepingSink final : public NoticeSink {
 public:
  void deliver(std::vector<Notice> notices) override {
    std::lock_guard lock(mutex_);
    for (Notice& notice : notices) kept_.push_back(std::move(notice));
    arrived_.notify_all();
  }
  /// The notice that came as number n (from 0); waits for it.
  Notice at(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::minutes(1), [&] { return kept_.size() > n; })) {
      ADD_FAILURE() << "notice " << n << " did not come";
      return {};
    }
    return kept_[n];
  }
  std::size_t count() {
    std::lock_guard lock(mutex_);
    return kept_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Notice> kept_;
};

/// A broker with a store on disk that can be started again.
class NoticesTest : public testing::Test {
 protected:
  struct Running {
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Contexts> contexts;
    std::unique_ptr<Subscriptions> subscriptions;
    KeepingSink sink;
    std::unique_ptr<Notices> notices;
  };

  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tsunagu-notices-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    start();
  }
  void TearDown() override {
    stop();
    std::filesystem::remove_all(folder_);
  }
  void start() {
    run_ = std::make_unique<Running>();
    store::EmbeddedOptions options;
    options.folder = folder_;
    run_->store = *store::open_embedded(options);
    run_->contexts = std::make_unique<Contexts>(
        *run_->store, [](std::string, auto done) { done(fail(ErrorCode::kLdContextNotAvailable, "no network")); },
        ContextOptions{});
    run_->subscriptions =
        std::make_unique<Subscriptions>(*run_->store, *run_->contexts, std::vector<EndpointAddress>{});
    run_->subscriptions->load();
    NoticeOptions notices;
    notices.settle = std::chrono::milliseconds(1);
    notices.dead_letters = 3;
    run_->notices = std::make_unique<Notices>(*run_->store, *run_->subscriptions, authority_, auditor_, notices);
    run_->notices->start(run_->sink);
  }
  void stop() {
    if (!run_) return;
    run_->notices->stop();
    run_->store->stop();
    run_.reset();
  }

  Result<void> subscribe(const std::string& body) {
    std::promise<Result<void>> answer;
    run_->subscriptions->create({}, "", body, ngsi::core_context(), {}, [&](Result<SubscriptionPtr> made) {
      answer.set_value(made ? Result<void>() : tl::unexpected(made.error()));
    });
    return answer.get_future().get();
  }
  Result<void> change(const std::string& id, const std::string& fragment) {
    std::promise<Result<void>> answer;
    run_->subscriptions->update({}, id, fragment, ngsi::core_context(), [&](Result<SubscriptionPtr> made) {
      answer.set_value(made ? Result<void>() : tl::unexpected(made.error()));
    });
    return answer.get_future().get();
  }
  void put(const std::string& json) {
    ngsi::Entity entity = entity_of(json);
    const std::string id = entity.id;
    std::promise<void> done;
    std::vector<store::Write> writes;
    writes.emplace_back(
        store::EntityWrite{{}, id, [entity](const ngsi::Record*, Instant now) -> Result<store::Decision> {
                             return store::Put{ngsi::stamped(**ngsi::encode(entity), now)};
                           }});
    run_->store->submit(std::move(writes), [&](const std::vector<store::Outcome>& outcomes) {
      EXPECT_TRUE(outcomes.front().result);
      done.set_value();
    });
    done.get_future().get();
  }
  static std::string lake(int depth, const std::string& id = "1") {
    return R"({"id":"urn:ngsi-ld:Lake:)" + id + R"(","type":"Lake","depth":)" + std::to_string(depth) + "}";
  }
  std::string body(const Notice& notice) { return run_->notices->render(notice).value_or(Message{}).body; }

  trust::OpenAuthority authority_;
  trust::NoAuditor auditor_;
  std::filesystem::path folder_;
  std::unique_ptr<Running> run_;
};

constexpr const char* kLakes = R"("entities":[{"type":"Lake"}])";

TEST_F(NoticesTest, WhatIsNotSettledComesAgainAfterARestart) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  put(lake(1));
  put(lake(2));
  const Notice first = run_->sink.at(0), second = run_->sink.at(1);
  EXPECT_LT(first.row, second.row);
  run_->notices->settled(first);
  const std::string name = run_->notices->render(second)->headers.back().second;
  stop();
  start();
  const Notice again = run_->sink.at(0);
  EXPECT_EQ(again.row, second.row);
  EXPECT_EQ(run_->sink.count(), 1u);
  EXPECT_NE(body(again).find(R"("value":2)"), std::string::npos);
  EXPECT_EQ(run_->notices->render(again)->headers.back(), std::pair(std::string("Idempotency-Key"), name));
  run_->notices->settled(again);
  stop();
  start();
  put(lake(3));
  EXPECT_NE(body(run_->sink.at(0)).find(R"("value":3)"), std::string::npos);
}

TEST_F(NoticesTest, OneRowForManySubscriptionsIsSettledPartByPart) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(subscribe(body_of(std::to_string(i), kLakes)));
  put(lake(1));
  for (std::size_t i = 0; i < 9; ++i) run_->notices->settled(run_->sink.at(i));
  const Notice last = run_->sink.at(9);
  EXPECT_EQ(last.row, run_->sink.at(0).row);
  stop();  // an orderly stop rewrites the row
  start();
  EXPECT_EQ(run_->sink.at(0).part, last.part);
  EXPECT_EQ(run_->sink.count(), 1u);
}

TEST_F(NoticesTest, DeadLettersStayUntilSomebodyDecides) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  put(lake(1));
  put(lake(2));
  for (std::size_t i = 0; i < 2; ++i) {
    Notice notice = run_->sink.at(i);
    notice.attempts = 7;
    run_->notices->gave_up(notice, "status 500");
  }
  stop();
  start();
  const auto letters = run_->notices->dead_letters({}, 10);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].reason, "status 500");
  EXPECT_EQ(letters[0].attempts, 7u);
  EXPECT_EQ(letters[0].uri, "http://example.org/a");
  EXPECT_EQ(letters[0].entities, std::vector<std::string>{"urn:ngsi-ld:Lake:1"});
  EXPECT_EQ(run_->sink.count(), 0u);
  EXPECT_TRUE(run_->notices->dead_letters({.tenant = "other", .subscription = {}, .uri = {}, .row = {}, .part = {}}, 10)
                  .empty());
  NoticeFilter one;
  one.row = letters[0].row;
  EXPECT_EQ(*run_->notices->retry(one), 1u);
  EXPECT_EQ(run_->sink.at(0).row, letters[0].row);
  EXPECT_EQ(run_->sink.at(0).attempts, 0u);
  EXPECT_EQ(*run_->notices->drop({}), 1u);
  EXPECT_TRUE(run_->notices->dead_letters({}, 10).empty());
  run_->notices->settled(run_->sink.at(0));
  stop();
  start();
  put(lake(3));
  EXPECT_NE(body(run_->sink.at(0)).find(R"("value":3)"), std::string::npos);
}

TEST_F(NoticesTest, OfTooManyDeadLettersTheOldestIsForgotten) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  for (int i = 0; i < 5; ++i) put(lake(i));
  for (std::size_t i = 0; i < 5; ++i) run_->notices->gave_up(run_->sink.at(i), "status 500");
  const auto rows = [&] {
    std::vector<std::uint64_t> numbers;
    for (const DeadLetter& letter : run_->notices->dead_letters({}, 10)) numbers.push_back(letter.row);
    return numbers;
  };
  const std::vector<std::uint64_t> kept{run_->sink.at(2).row, run_->sink.at(3).row, run_->sink.at(4).row};
  EXPECT_EQ(rows(), kept);
  stop();
  start();
  EXPECT_EQ(rows(), kept);
  EXPECT_EQ(run_->sink.count(), 0u);
}

TEST_F(NoticesTest, HeldBackNoticesSurviveAndAreSupersededByLaterOnes) {
  ASSERT_TRUE(subscribe(body_of("1", std::string(kLakes) + R"(,"throttling":3600)")));
  put(lake(1));
  run_->notices->attempt_begins(run_->sink.at(0));
  run_->notices->settled(run_->sink.at(0));
  put(lake(2));
  put(lake(3));
  put(lake(9, "2"));
  stop();
  start();
  EXPECT_EQ(run_->sink.count(), 0u);  // start() has delivered what is due: nothing, the window is still open
  ASSERT_TRUE(change("urn:ngsi-ld:Subscription:1", R"({"throttling":null})"));
  stop();
  start();
  EXPECT_NE(body(run_->sink.at(0)).find(R"("value":3)"), std::string::npos);
  EXPECT_NE(body(run_->sink.at(1)).find(R"("value":9)"), std::string::npos);
  EXPECT_EQ(run_->sink.count(), 2u);
}

TEST_F(NoticesTest, TheEndOfAWindowTellsTheLatestOfEachEntityInOneNotice) {
  ASSERT_TRUE(subscribe(body_of("1", std::string(kLakes) + R"(,"throttling":0.05)", R"("showChanges":true,)")));
  put(lake(1));
  const Notice first = run_->sink.at(0);
  put(lake(2));
  put(lake(3));
  put(lake(9, "2"));
  // However the windows fell, what came last is told last, and nothing is lost.
  std::string told;
  for (std::size_t i = 1; told.find(R"("value":3)") == told.npos || told.find(R"("value":9)") == told.npos; ++i) {
    const Notice notice = run_->sink.at(i);
    if (notice.changes.empty()) return;
    told += body(notice);
    run_->notices->settled(notice);
  }
  run_->notices->settled(first);
  stop();
  start();
  EXPECT_EQ(run_->sink.count(), 0u);  // those told together are settled together
}

TEST_F(NoticesTest, NothingIsDueToTheDeletedAndThePaused) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  put(lake(1));
  const Notice notice = run_->sink.at(0);
  EXPECT_TRUE(run_->notices->endpoint(notice));
  ASSERT_TRUE(change("urn:ngsi-ld:Subscription:1", R"({"isActive":false})"));
  EXPECT_FALSE(run_->notices->endpoint(notice));
  ASSERT_TRUE(change("urn:ngsi-ld:Subscription:1", R"({"isActive":true})"));
  EXPECT_TRUE(run_->notices->endpoint(notice));
  std::promise<void> gone;
  run_->subscriptions->remove({}, "urn:ngsi-ld:Subscription:1", [&](Result<void> removed) {
    EXPECT_TRUE(removed);
    gone.set_value();
  });
  gone.get_future().get();
  EXPECT_FALSE(run_->notices->endpoint(notice));
  EXPECT_FALSE(run_->notices->render(notice));
  // One of the same name that comes later is not told what the first one should have been.
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  stop();
  start();
  EXPECT_EQ(run_->sink.count(), 0u);
}

TEST_F(NoticesTest, FiguresOutliveARestart) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  put(lake(1));
  const Notice notice = run_->sink.at(0);
  run_->notices->attempt_begins(notice);
  run_->notices->attempt_ended(notice, {.delivered = true, .worth_repeating = false, .reason = ""});
  run_->notices->settled(notice);
  stop();
  start();
  const auto figures = run_->subscriptions->find({}, "urn:ngsi-ld:Subscription:1")->account->figures();
  EXPECT_EQ(figures.sent, 1u);
  EXPECT_NE(figures.last_success, kNoInstant);
}

TEST_F(NoticesTest, AnAccountedSubscriptionKeepsItsFiguresThroughAChange) {
  ASSERT_TRUE(subscribe(body_of("1", kLakes)));
  put(lake(1));
  run_->notices->attempt_begins(run_->sink.at(0));
  ASSERT_TRUE(change("urn:ngsi-ld:Subscription:1", R"({"notification":{"format":"simplified"}})"));
  EXPECT_EQ(run_->subscriptions->find({}, "urn:ngsi-ld:Subscription:1")->account->figures().sent, 1u);
  EXPECT_NE(body(run_->sink.at(0)).find(R"("depth":1)"), std::string::npos);
}

TEST_F(NoticesTest, OfTwoThatMakeTheSameOneWins) {
  std::vector<std::future<Result<void>>> both;
  for (int i = 0; i < 2; ++i)
    both.push_back(std::async(std::launch::async, [&] { return subscribe(body_of("1", kLakes)); }));
  int made = 0;
  for (auto& each : both) made += each.get().has_value();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(run_->subscriptions->list({}, 0, 10, [](const Subscription&) { return true; }).total, 1u);
}

}  // namespace
}  // namespace tsunagu::broker
