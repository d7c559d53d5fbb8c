// A store in a folder of its own, with devices in it.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "ngsi/body.h"
#include "ngsi/context.h"
#include "store/embedded.h"
#include "things/device_entity.h"
#include "things/intake.h"

namespace tsunagu::things::test {

class ThingsStore : public ::testing::Test {
 protected:
  ThingsStore() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-things-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    open();
  }
  ~ThingsStore() override {
    close();
    std::filesystem::remove_all(folder);
  }
  void open() {
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
    registry = std::make_unique<Registry>(*store);
    Intake::Options how;
    how.clock = [this] { return now; };
    intake = std::make_unique<Intake>(*store, *registry, std::move(how));
  }
  void close() {
    intake.reset();
    registry.reset();
    if (store) store->stop();
    store.reset();
  }
  void put(std::string_view json) {
    auto body = ngsi::Body::parse(json);
    ASSERT_TRUE(body) << body.error().detail;
    auto entity = body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
    ASSERT_TRUE(entity) << entity.error().detail;
    const auto record = *ngsi::encode(std::move(*entity));
    write(std::string(record->id()), [record](const ngsi::Record*, Instant at) -> Result<store::Decision> {
      return store::Put{ngsi::stamped(*record, at)};
    });
  }
  void remove(const std::string& id) {
    write(id, [](const ngsi::Record*, Instant) -> Result<store::Decision> { return store::Remove{}; });
  }
  void write(const std::string& id, store::Decide decide) {
    std::promise<void> written;
    std::vector<store::Write> writes;
    writes.emplace_back(store::EntityWrite{{}, id, std::move(decide)});
    store->submit(std::move(writes), [&](std::vector<store::Outcome> outcomes) {
      EXPECT_TRUE(outcomes[0].result) << outcomes[0].result.error().detail;
      written.set_value();
    });
    written.get_future().get();
  }
  Result<Taken> take(const Message& message) {
    std::promise<Result<Taken>> promise;
    intake->take(message, [&promise](Result<Taken> taken) { promise.set_value(std::move(taken)); });
    return promise.get_future().get();
  }
  Result<Taken> json(std::string_view bytes, std::string_view address = "A-1", std::string_view group = "paddy") {
    Message m;
    m.group = group;
    m.address = address;
    m.bytes = bytes;
    return take(m);
  }
  /// "7.5 [outOfRange]" of an attribute as it is now; "-" when there is none.
  std::string value(const std::string& id, std::string_view attribute) const {
    const auto record = store->find({}, id);
    if (!record) return "no entity";
    const auto found = record->find(ngsi::core_context()->find(attribute));
    if (found.data() == nullptr) return "-";
    std::string out(found.value());
    for (const auto& sub : ngsi::decode(found).subs) {
      if (sub.name == terms().quality) out += " " + sub.value;
      if (sub.name == terms().raw_value) out += " raw " + sub.value;
    }
    return out;
  }
  /// Values of an attribute in the order of their time: "10:00 4.5, 10:05 4.6".
  std::string history(const std::string& id, std::string_view attribute) const {
    struct Visitor final : store::SeriesVisitor {
      bool point(const store::HistoryPoint& p) override {
        out += (out.empty() ? "" : ", ") + to_string(p.at).substr(11, 5) + " " + std::string(p.instance.value());
        return true;
      }
      std::string out;
    } visitor;
    auto reader = store->history({});
    EXPECT_TRUE(reader);
    const auto name = ngsi::core_context()->find(attribute);
    EXPECT_TRUE((*reader)->scan(id, {name, {}}, all_time(), false, visitor));
    return visitor.out;
  }
  static ngsi::TimeWindow all_time() {
    ngsi::TimeWindow window;
    window.from = *parse_instant("1900-01-01T00:00:00Z");
    window.to = *parse_instant("2200-01-01T00:00:00Z");
    return window;
  }

  std::filesystem::path folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Intake> intake;
  Instant now = *parse_instant("2026-07-04T01:00:00Z");
};

}  // namespace tsunagu::things::test
