#include "broker/query.h"

#include <gtest/gtest.h>

namespace tsunagu::broker {
namespace {

/// Entities in a list; a cursor walks it and knows the number of matches when nothing has to be evaluated.
class ListStore final : public store::Store {
 public:
  void add(std::string id, std::string_view type, int height) {
    ngsi::Entity entity;
    entity.id = std::move(id);
    entity.types = {ngsi::terms().intern(type)};
    ngsi::Attribute attribute;
    attribute.name = ngsi::terms().intern("https://uri.etsi.org/ngsi-ld/default-context/height");
    attribute.value = std::to_string(height);
    entity.attributes.push_back(std::move(attribute));
    ngsi::RecordPtr record = *ngsi::encode(std::move(entity));
    records_.push_back(std::move(record));
  }

  std::optional<store::TenantId> find_tenant(std::string_view) const override { return store::TenantId{}; }
  Result<store::TenantId> make_tenant(std::string_view) override { return store::TenantId{}; }
  std::vector<std::pair<store::TenantId, std::string>> tenants() const override { return {}; }
  ngsi::RecordPtr find(store::TenantId, std::string_view) const override { return nullptr; }
  std::vector<store::TypeCount> types(store::TenantId) const override { return {}; }
  std::vector<store::AttributeUse> attribute_uses(store::TenantId) const override { return {}; }
  std::optional<std::string> document(store::TenantId, std::string_view, std::string_view) const override { return {}; }
  std::vector<std::pair<std::string, std::string>> documents(store::TenantId, std::string_view) const override {
    return {};
  }
  Result<std::unique_ptr<store::HistoryReader>> history(store::TenantId) const override { return bad("none"); }
  Result<std::vector<store::OutboxRow>> outbox() const override { return std::vector<store::OutboxRow>{}; }
  void watch(store::Watcher&) override {}
  void unwatch(store::Watcher&) override {}
  void submit(std::vector<store::Write>, store::Done) override {}
  store::Stats stats() const override { return {}; }
  void stop() override {}

  std::unique_ptr<store::Cursor> query(store::TenantId, ngsi::Selection selection) const override {
    return std::make_unique<ListCursor>(records_, std::move(selection));
  }

 private:
  class ListCursor final : public store::Cursor {
   public:
    ListCursor(const std::vector<ngsi::RecordPtr>& records, ngsi::Selection selection)
        : records_(records), selection_(std::move(selection)) {}
    bool step(std::size_t budget, std::size_t want, std::vector<ngsi::RecordPtr>& out) override {
      for (; budget > 0 && want > 0 && next_ < records_.size(); --budget, ++next_, ++plan_.examined) {
        if (!ngsi::matches(selection_, *records_[next_], nullptr)) continue;
        out.push_back(records_[next_]);
        --want;
      }
      return next_ < records_.size();
    }
    std::optional<std::uint64_t> known_count() const override {
      if (!plain()) return std::nullopt;
      return records_.size();
    }
    std::uint64_t skip_cheaply(std::uint64_t n) override {
      if (!plain()) return 0;
      next_ = std::min<std::uint64_t>(n, records_.size());
      return next_;
    }
    const store::Plan& plan() const override { return plan_; }

   private:
    bool plain() const { return !selection_.types && selection_.ids.empty() && selection_.q.empty(); }
    const std::vector<ngsi::RecordPtr>& records_;
    ngsi::Selection selection_;
    std::size_t next_ = 0;
    store::Plan plan_;
  };
  std::vector<ngsi::RecordPtr> records_;
};

class Pages : public testing::Test {
 protected:
  Pages() {
    const int heights[] = {5, 3, 9, 1, 7, 3};
    for (int i = 0; i < 6; ++i)
      store_.add("urn:e:" + std::to_string(i), i % 2 == 0 ? "urn:type:Even" : "urn:type:Odd", heights[i]);
  }

  static ngsi::Selection of_type(std::string_view type) {
    ngsi::Selection selection;
    ngsi::TypeExpr expr;
    expr.kind = ngsi::TypeExpr::Kind::kType;
    expr.type = ngsi::terms().intern(type);
    selection.types = std::move(expr);
    return selection;
  }
  static std::vector<ngsi::Selection> list(ngsi::Selection a) {
    std::vector<ngsi::Selection> selections;
    selections.push_back(std::move(a));
    return selections;
  }

  /// Runs with steps of `budget` records; the ids of the page, without their common beginning.
  std::string run(PageQuery& query, std::size_t budget = 1) {
    while (true) {
      const Result<bool> unfinished = query.step(budget);
      if (!unfinished) return unfinished.error().detail;
      if (!*unfinished) break;
    }
    std::string ids;
    for (const ngsi::RecordPtr& record : query.page()) ids += record->id().back();
    return ids;
  }

  ListStore store_;
};

TEST_F(Pages, FirstMiddleAndLast) {
  for (const std::size_t budget : {1u, 2u, 100u}) {
    PageQuery first(store_, {}, {list({}), 0, 2});
    EXPECT_EQ(run(first, budget), "01");
    EXPECT_TRUE(first.more());
    PageQuery middle(store_, {}, {list({}), 2, 2});
    EXPECT_EQ(run(middle, budget), "23");
    EXPECT_TRUE(middle.more());
    PageQuery last(store_, {}, {list({}), 4, 2});
    EXPECT_EQ(run(last, budget), "45");
    EXPECT_FALSE(last.more());
    PageQuery behind(store_, {}, {list({}), 40, 2});
    EXPECT_EQ(run(behind, budget), "");
    EXPECT_FALSE(behind.more());
  }
}

TEST_F(Pages, OffsetIsOfMatchesWhereTheyMustBeEvaluated) {
  PageQuery query(store_, {}, {list(of_type("urn:type:Odd")), 1, 1});
  EXPECT_EQ(run(query), "3");
  EXPECT_TRUE(query.more());
  EXPECT_EQ(query.total(), std::nullopt);
}

TEST_F(Pages, CountGoesToTheEnd) {
  PageQuery query(store_, {}, {list(of_type("urn:type:Odd")), 0, 1, true});
  EXPECT_EQ(run(query), "1");
  EXPECT_EQ(query.total(), 3u);
  EXPECT_TRUE(query.more());
}

TEST_F(Pages, OnlyCounting) {
  PageQuery evaluated(store_, {}, {list(of_type("urn:type:Even")), 0, 0, true});
  EXPECT_EQ(run(evaluated), "");
  EXPECT_EQ(evaluated.total(), 3u);
  PageQuery known(store_, {}, {list({}), 0, 0, true});
  EXPECT_EQ(run(known), "");
  EXPECT_EQ(known.total(), 6u);
  EXPECT_EQ(known.plan().examined, 0u);
}

TEST_F(Pages, InOrderWithTiesAsMet) {
  const auto ordered = [](std::uint64_t offset, std::uint64_t limit) {
    ngsi::Selection selection;
    selection.order = *ngsi::parse_order_by("height", *ngsi::core_context());
    return PageRequest{list(std::move(selection)), offset, limit};
  };
  PageQuery all(store_, {}, ordered(0, 10));
  EXPECT_EQ(run(all), "315042");
  EXPECT_FALSE(all.more());
  PageQuery first(store_, {}, ordered(0, 2));
  EXPECT_EQ(run(first), "31");
  EXPECT_TRUE(first.more());
  PageQuery second(store_, {}, ordered(2, 2));
  EXPECT_EQ(run(second), "50");
  PageQuery last(store_, {}, ordered(4, 2));
  EXPECT_EQ(run(last), "42");
  EXPECT_FALSE(last.more());
}

TEST_F(Pages, OneOfSeveralSelectionsEachEntityOnce) {
  std::vector<ngsi::Selection> selections = list(of_type("urn:type:Odd"));
  ngsi::Selection by_id;
  by_id.ids = {"urn:e:3", "urn:e:4"};
  selections.push_back(std::move(by_id));
  PageQuery query(store_, {}, {std::move(selections), 0, 10, true});
  EXPECT_EQ(run(query), "1354");
  EXPECT_EQ(query.total(), 4u);
}

TEST_F(Pages, TooManyLookedAt) {
  PageQuery query(store_, {}, {list(of_type("urn:type:None")), 0, 10, false, 4});
  Result<bool> unfinished = true;
  while (unfinished && *unfinished) unfinished = query.step(1);
  ASSERT_FALSE(unfinished);
  EXPECT_EQ(unfinished.error().code, ErrorCode::kTooComplexQuery);
}

}  // namespace
}  // namespace tsunagu::broker
