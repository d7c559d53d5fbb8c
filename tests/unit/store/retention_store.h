// A store in a folder of its own whose clock of retention stands where a test puts it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "ngsi/context.h"
#include "store/embedded.h"

namespace tsunagu::store {

inline ngsi::TermId name(std::string_view text) {
  return ngsi::core_context()->intern(text);
}
inline ngsi::Attribute level(std::int64_t value, Instant observed = {}, std::string_view attribute = "level") {
  ngsi::Attribute a;
  a.name = name(attribute);
  a.value = std::to_string(value);
  a.observed_at = observed;
  a.created_at = a.modified_at = Instant{1};
  return a;
}

class RetentionStore : public testing::Test {
 protected:
  RetentionStore() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tsunagu-retention-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    options_.folder = root_ / "data";
    options_.fold_journal_bytes = 0;
    options_.leaf_points = 8;
    options_.retention.slack = std::chrono::seconds(0);
  }
  ~RetentionStore() override {
    store_.reset();
    EXPECT_EQ(problems(), std::vector<std::string>());
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  /// Opens the store (again) and waits until everything is folded and all history was looked at.
  void open_at(Instant now) {
    store_.reset();
    std::promise<void> looked;
    auto once = std::make_shared<std::atomic<bool>>(false);
    EmbeddedOptions options = options_;
    options.retention.clock = [now] { return now; };
    options.retention.looked = [&looked, once] {
      if (!once->exchange(true)) looked.set_value();
    };
    auto opened = open_embedded(std::move(options));
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    store_ = std::move(*opened);
    if (!options_.retention.rules.empty()) looked.get_future().get();
  }
  std::vector<std::string> problems() {
    const auto report = check_folder(options_.folder);
    return report ? report->problems : std::vector<std::string>{report.error().detail};
  }

  Result<void> write(Write one) {
    std::promise<Result<void>> promise;
    std::vector<Write> writes;
    writes.push_back(std::move(one));
    store_->submit(std::move(writes),
                   [&](std::vector<Outcome> outcomes) { promise.set_value(std::move(outcomes[0].result)); });
    return promise.get_future().get();
  }
  /// The entity has these attributes and no others from now on.
  void put(const std::string& id, std::string_view type, std::vector<ngsi::Attribute> attributes,
           TenantId tenant = {}) {
    ngsi::Entity e;
    e.id = id;
    e.types = {name(type)};
    e.attributes = std::move(attributes);
    e.created_at = e.modified_at = Instant{1};
    ASSERT_TRUE(write(EntityWrite{
        tenant, id,
        [r = *ngsi::encode(std::move(e))](const ngsi::Record*, Instant) -> Result<Decision> { return Put{r}; }}));
  }
  void remove(const std::string& id) {
    ASSERT_TRUE(write(EntityWrite{{}, id, [](const ngsi::Record*, Instant) -> Result<Decision> { return Remove{}; }}));
  }
  void add(const std::string& id, std::vector<ngsi::Attribute> instances, TenantId tenant = {}) {
    HistoryWrite one;
    one.tenant = tenant;
    one.id = id;
    one.types = {name("T")};
    one.add = std::move(instances);
    ASSERT_TRUE(write(std::move(one)));
  }

  struct Seen {
    Instant at;
    std::string value;
    auto operator<=>(const Seen&) const = default;
    friend void PrintTo(const Seen& seen, std::ostream* out) { *out << seen.value << " at " << seen.at.us; }
  };
  std::vector<Seen> points(const std::string& id, std::string_view attribute = "level", TenantId tenant = {}) {
    class All final : public SeriesVisitor {
     public:
      std::vector<Seen> list;
      bool point(const HistoryPoint& p) override {
        list.push_back({p.at, std::string(p.instance.value())});
        return true;
      }
    } all;
    TimeWindow window;
    window.everything = true;
    auto reader = store_->history(tenant);
    EXPECT_TRUE(reader.has_value());
    EXPECT_TRUE((*reader)->scan(id, {name(attribute), ""}, window, false, all));
    return all.list;
  }
  std::vector<std::string> values(const std::string& id, std::string_view attribute = "level", TenantId tenant = {}) {
    std::vector<std::string> out;
    for (const Seen& one : points(id, attribute, tenant)) out.push_back(one.value);
    return out;
  }

  std::filesystem::path root_;
  EmbeddedOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace tsunagu::store
