#include "gateway/notify/endpoint_queue.h"

#include "unit/gateway/notify/fake_source.h"

namespace tsunagu::gateway::notify {
namespace {

using std::chrono::seconds;

constexpr double kMiddle = 0.999999;  // of chance: the whole pause

class EndpointQueueTest : public testing::Test {
 protected:
  EndpointQueue make(seconds cooldown = seconds(0), std::size_t parallel = 4) {
    broker::Endpoint endpoint;
    endpoint.uri = "http://a/";
    endpoint.cooldown = cooldown;
    return EndpointQueue(endpoint, BackOff{}, parallel);
  }
  void add(EndpointQueue& queue, std::uint64_t row, const std::string& entity) {
    queue.add(source_.notice(row, "s", entity));
  }
  // Entities of two lanes.
  static constexpr const char* kOne = "urn:e:1";
  static constexpr const char* kOther = "urn:e:2";

  void fail(EndpointQueue& queue, EndpointQueue::Item& item, TimePoint at) {
    ++item.notice.attempts;
    queue.failed(item, at, kMiddle, "no");
  }
  // Makes the endpoint one that answers.
  void prove(EndpointQueue& queue, TimePoint at) {
    add(queue, 0, kOne);
    queue.answered(*queue.next(at), false, at);
  }

  FakeSource source_;
  TimePoint t_{std::chrono::hours(1000)};
};

TEST_F(EndpointQueueTest, OneOfAnEntityAtATime) {
  EndpointQueue queue = make();
  prove(queue, t_);
  add(queue, 1, kOne);
  add(queue, 2, kOne);
  add(queue, 3, kOther);
  auto* first = queue.next(t_);
  auto* other = queue.next(t_);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(first->notice.row + other->notice.row, 4u);
  EXPECT_EQ(queue.next(t_), nullptr);
  EXPECT_EQ(queue.wake(t_), kNever);
  queue.answered(*(first->notice.row == 1 ? first : other), false, t_);
  EXPECT_EQ(queue.next(t_)->notice.row, 2u);
  EXPECT_EQ(queue.size(), 2u);
}

TEST_F(EndpointQueueTest, OneAttemptUntilTheEndpointHasAnswered) {
  EndpointQueue queue = make();
  add(queue, 1, kOne);
  add(queue, 2, kOther);
  auto* item = queue.next(t_);
  EXPECT_EQ(queue.next(t_), nullptr);
  queue.answered(*item, false, t_);
  EXPECT_NE(queue.next(t_), nullptr);
}

TEST_F(EndpointQueueTest, AFailureHoldsUpItsLaneOnly) {
  EndpointQueue queue = make();
  prove(queue, t_);
  add(queue, 1, kOne);
  add(queue, 2, kOther);
  auto* item = queue.next(t_);
  if (item->notice.row != 1) {
    queue.answered(*item, false, t_);
    add(queue, 2, kOther);
    item = queue.next(t_);
  }
  fail(queue, *item, t_);
  item = queue.next(t_);
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->notice.row, 2u);
  queue.answered(*item, false, t_);
  EXPECT_EQ(queue.next(t_), nullptr);
  const TimePoint wake = queue.wake(t_);
  EXPECT_GT(wake, t_);
  EXPECT_LE(wake, t_ + seconds(1));
  EXPECT_EQ(queue.next(wake)->notice.row, 1u);
}

TEST_F(EndpointQueueTest, OpensAfterThreeFailuresAndProbesMoreAndMoreRarely) {
  EndpointQueue queue = make();
  add(queue, 1, kOne);
  add(queue, 2, kOther);
  TimePoint now = t_;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(queue.breaker().open());
    now = queue.wake(now);
    fail(queue, *queue.next(now), now);
  }
  EXPECT_TRUE(queue.breaker().open());
  EXPECT_EQ(queue.next(now), nullptr);
  std::set<std::uint64_t> probed;
  for (const int pause : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    const TimePoint wake = queue.wake(now);
    EXPECT_LE(wake, now + seconds(pause));
    EXPECT_GT(wake, now + seconds(pause) / 2);
    EXPECT_EQ(queue.next(wake - std::chrono::milliseconds(1)), nullptr);
    now = wake;
    auto* probe = queue.next(now);
    ASSERT_NE(probe, nullptr);
    EXPECT_EQ(queue.next(now), nullptr);
    EXPECT_EQ(queue.wake(now), kNever);
    probed.insert(probe->notice.row);
    fail(queue, *probe, now);
  }
  EXPECT_EQ(probed.size(), 2u);  // in turn
  now = queue.wake(now);
  queue.answered(*queue.next(now), false, now);
  EXPECT_FALSE(queue.breaker().open());
  EXPECT_NE(queue.next(now), nullptr);  // the other one does not wait any more
}

TEST_F(EndpointQueueTest, CooldownIsTheLeast) {
  EndpointQueue queue = make(seconds(7));
  add(queue, 1, kOne);
  add(queue, 2, kOther);
  fail(queue, *queue.next(t_), t_);
  EXPECT_EQ(queue.wake(t_), t_ + seconds(7));
  EXPECT_EQ(queue.next(t_ + seconds(6)), nullptr);
  const TimePoint later = t_ + seconds(7);
  queue.answered(*queue.next(later), true, later);  // refused: a failure too
  EXPECT_EQ(queue.wake(later), later + seconds(7));
}

TEST_F(EndpointQueueTest, RetryNow) {
  EndpointQueue queue = make();
  add(queue, 1, kOne);
  for (int i = 0; i < 5; ++i) {
    queue.retry_now();
    EXPECT_EQ(queue.wake(t_), t_);
    fail(queue, *queue.next(t_), t_);
  }
}

TEST_F(EndpointQueueTest, RemovesWhatIsNotUnderWay) {
  EndpointQueue queue = make();
  for (std::uint64_t row = 1; row <= 3; ++row) add(queue, row, kOne);
  auto* under_way = queue.next(t_);
  EXPECT_EQ(queue.remove_oldest().front().notice.row, 2u);
  EXPECT_EQ(queue.remove_if([](const auto&) { return true; }).front().notice.row, 3u);
  EXPECT_TRUE(queue.remove_oldest().empty());
  EXPECT_EQ(queue.take(*under_way).row, 1u);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_EQ(queue.wake(t_), kNever);
}

TEST_F(EndpointQueueTest, RemovesWhatBecameDueBefore) {
  EndpointQueue queue = make();
  for (std::uint64_t row = 1; row <= 3; ++row) {
    auto notice = source_.notice(row, "s");
    notice.due = Instant{static_cast<std::int64_t>(row)};
    queue.add(std::move(notice));
  }
  EXPECT_EQ(queue.remove_older(Instant{3}).size(), 2u);
  EXPECT_EQ(queue.next(t_)->notice.row, 3u);
}

}  // namespace
}  // namespace tsunagu::gateway::notify
