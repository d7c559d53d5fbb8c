// What every Store must do, written against `Store` only. A store joins by a line in store_kinds() (stores.cpp) and a
// Place.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "ngsi/entity.h"
#include "ngsi/query.h"
#include "store/store.h"

namespace tsunagu::store {

/// Where a store keeps its things; opening it again finds them.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::unique_ptr<Store> open() = 0;
  /// Proves that what is on disk fits together; empty when it does. The store is closed.
  virtual std::vector<std::string> problems() { return {}; }
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<Place>()> make_place;
};

/// Every store that keeps the contract.
std::vector<StoreKind> store_kinds();

/// An entity in few words: name("temperature") etc. intern on the way.
ngsi::TermId name(std::string_view text);
ngsi::Attribute property(std::string_view attribute, std::string_view json, std::string_view dataset = {});
ngsi::Attribute geo(std::string_view attribute, double lon, double lat);
ngsi::Attribute link(std::string_view attribute, std::string_view target);
ngsi::Entity entity(std::string_view id, std::string_view type, std::vector<ngsi::Attribute> attributes = {});
ngsi::RecordPtr record(ngsi::Entity entity);

#define TSUNAGU_FOR_EVERY_STORE(Fixture)                                      \
  INSTANTIATE_TEST_SUITE_P(Stores, Fixture, testing::ValuesIn(store_kinds()), \
                           [](const auto& kind) { return kind.param.name; })

class StoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override;
  void TearDown() override;
  void reopen();

  /// Submits and waits.
  std::vector<Outcome> write(std::vector<Write> writes);
  Outcome write(EntityWrite write);
  Outcome put(ngsi::Entity entity, TenantId tenant = {});
  Outcome remove(std::string_view id, TenantId tenant = {});
  /// Puts a changed copy of the entity as it is.
  Outcome change(std::string_view id, std::function<void(ngsi::Entity&, Instant)> edit, TenantId tenant = {});
  Outcome document(std::string_view collection, std::string_view key, std::optional<std::string> body,
                   TenantId tenant = {});

  /// Runs a query to its end in small steps; ids in the order of delivery.
  std::vector<std::string> ids(ngsi::Selection selection, TenantId tenant = {}, std::size_t budget = 50,
                               std::size_t want = 7);
  static ngsi::Selection of_type(std::string_view type);
  static ngsi::Selection where(std::string_view q);

  std::unique_ptr<Place> place_;
  std::unique_ptr<Store> store_;
};

}  // namespace tsunagu::store
