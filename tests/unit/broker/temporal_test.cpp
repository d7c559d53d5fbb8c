#include "broker/temporal.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>

#include "store/embedded.h"

namespace tsunagu::broker {
namespace {

const ngsi::TermId kLevel = ngsi::terms().intern("https://uri.etsi.org/ngsi-ld/default-context/level");
const ngsi::TermId kNote = ngsi::terms().intern("https://uri.etsi.org/ngsi-ld/default-context/note");
const ngsi::TermId kGauge = ngsi::terms().intern("https://uri.etsi.org/ngsi-ld/default-context/Gauge");
constexpr std::int64_t kMinute = 60'000'000;

/// A store of its own with one gauge: 100 levels, one a minute from 1970 on, and as many notes of 100 bytes.
class Temporal : public testing::Test {
 protected:
  Temporal() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tsunagu-temporal-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store::EmbeddedOptions options;
    options.folder = folder_;
    store_ = std::move(*store::open_embedded(options));
    store::HistoryWrite write;
    write.id = "urn:x:1";
    write.types = {kGauge};
    for (int i = 0; i < 100; ++i) {
      ngsi::Attribute a;
      a.name = kLevel;
      a.value = std::to_string(i);
      a.observed_at = Instant{i * kMinute};
      write.add.push_back(a);
      a.name = kNote;
      a.value = "\"" + std::string(100, 'x') + "\"";
      write.add.push_back(a);
    }
    submit(std::move(write));
  }
  ~Temporal() override {
    store_->stop();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void submit(store::HistoryWrite write) {
    std::promise<bool> done;
    std::vector<store::Write> writes;
    writes.emplace_back(std::move(write));
    store_->submit(std::move(writes), [&done](std::vector<store::Outcome> outcomes) {
      done.set_value(outcomes.front().result.has_value());
    });
    ASSERT_TRUE(done.get_future().get());
  }

  TemporalRequest retrieve(std::string id = "urn:x:1") {
    TemporalRequest request;
    request.id = std::move(id);
    request.when = *ngsi::parse_temporal_query({});
    return request;
  }
  TemporalRequest aggregate(std::string methods, std::string period) {
    TemporalRequest request = retrieve();
    ngsi::TemporalInput input;
    input.aggr_methods = std::move(methods);
    input.aggr_period = std::move(period);
    request.how.format = ngsi::TemporalFormat::kAggregatedValues;
    request.how.aggregation = *ngsi::parse_aggregation(input);
    return request;
  }

  struct Answer {
    std::optional<ErrorCode> error;
    std::string text, range;
  };
  Answer run(TemporalRequest request, const TemporalLimits& limits = {}) {
    const ngsi::ContextPtr context = ngsi::core_context();
    TemporalRun run(*store_, {}, *context, limits, std::move(request));
    while (true) {
      const auto unfinished = run.turn();
      if (!unfinished) return {unfinished.error().code, unfinished.error().detail, {}};
      if (!*unfinished) break;
    }
    Answer answer;
    for (std::size_t i = 0; i < run.size(); ++i) run.write(answer.text, i);
    answer.range = run.content_range().value_or("");
    return answer;
  }

  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
};

std::size_t instances(const std::string& text) {
  std::size_t n = 0;
  for (std::size_t at = text.find("instanceId"); at != std::string::npos; at = text.find("instanceId", at + 1)) ++n;
  return n;
}

TEST_F(Temporal, WithinTheLimitsAnAnswerIsWhole) {
  const Answer answer = run(retrieve());
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(instances(answer.text), 200u);
  EXPECT_EQ(answer.range, "");
}

TEST_F(Temporal, TooManyBytesMakeItPartialNotLarge) {
  TemporalLimits limits;
  limits.page = 200;
  limits.bytes = 10'000;
  const Answer answer = run(retrieve(), limits);
  EXPECT_FALSE(answer.error);
  EXPECT_LT(answer.text.size(), 11'000u);
  // 200 instances do not fit, 50 of each neither; 12 of each do.
  EXPECT_EQ(instances(answer.text), 24u);
  EXPECT_EQ(answer.range, "date-time 1970-01-01T00:00:00Z-1970-01-01T00:11:00Z/*");
}

TEST_F(Temporal, WhatFitsInNoAnswerIsSaid) {
  TemporalLimits limits;
  limits.bytes = 100;
  const Answer answer = run(retrieve(), limits);
  EXPECT_EQ(answer.error, ErrorCode::kTooManyResults);
}

TEST_F(Temporal, AggregatesAreWholeOrRefused) {
  TemporalLimits limits;
  limits.rows = 400;
  EXPECT_FALSE(run(aggregate("totalCount,distinctCount", "PT1M"), limits).error);
  limits.rows = 399;
  const Answer answer = run(aggregate("totalCount,distinctCount", "PT1M"), limits);
  EXPECT_EQ(answer.error, ErrorCode::kTooManyResults);
  EXPECT_NE(answer.text.find("399 aggregated values"), std::string::npos);
}

TEST_F(Temporal, TooManyPeriodsAreRefusedBeforeAnythingIsRead) {
  TemporalRequest request = aggregate("avg", "PT0.001S");
  request.when.window = {ngsi::TimeProperty::kObservedAt, Instant{0}, Instant{1'000'000'000'000'000}, false};
  EXPECT_EQ(run(std::move(request)).error, ErrorCode::kTooComplexQuery);
}

TEST_F(Temporal, NotMoreEntitiesAreLookedAtThanAllowed) {
  TemporalLimits limits;
  limits.max_examined = 1;
  const auto query = [] {
    TemporalRequest request;
    request.any_of.emplace_back();
    request.when.window.from = Instant{0};
    request.limit = 20;
    return request;
  };
  EXPECT_FALSE(run(query(), limits).error);
  store::HistoryWrite other;
  other.id = "urn:x:2";
  other.types = {kGauge};
  submit(std::move(other));
  EXPECT_EQ(run(query(), limits).error, ErrorCode::kTooComplexQuery);
}

TEST_F(Temporal, WhatIsNotRememberedIsNotFound) {
  EXPECT_EQ(run(retrieve("urn:x:9")).error, ErrorCode::kResourceNotFound);
  const auto history = *store_->history({});
  EXPECT_EQ(forget_attribute(*history, {}, "urn:x:9", kLevel, "", false).error().code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(forget_attribute(*history, {}, "urn:x:1", kGauge, "", true).error().code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(find_instance(*history, "urn:x:1", kLevel, "urn:ngsi-ld:Instance:1").error().code,
            ErrorCode::kResourceNotFound);
}

TEST_F(Temporal, AnInstanceIsFoundByItsIdOnlyUnderItsAttribute) {
  TemporalRequest request = retrieve();
  request.when.last_n = 1;
  const Answer answer = run(std::move(request));
  const auto note = answer.text.rfind("urn:ngsi-ld:Instance:");
  const std::string id = answer.text.substr(note, answer.text.find('"', note) - note);
  const auto history = *store_->history({});
  const bool is_note = answer.text.rfind("\"note\"") > answer.text.rfind("\"level\"");
  const auto found = find_instance(*history, "urn:x:1", is_note ? kNote : kLevel, id);
  ASSERT_TRUE(found) << id;
  EXPECT_EQ(found->series.name, is_note ? kNote : kLevel);
  EXPECT_FALSE(find_instance(*history, "urn:x:1", is_note ? kLevel : kNote, id));
}

}  // namespace
}  // namespace tsunagu::broker
