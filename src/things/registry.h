// Which devices there are: a view of the entities Device, DeviceModel and ServiceGroup of all tenants that is found by
// (tenant, group, address), kept up to date as they change.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "things/device.h"

namespace tsunagu::things {

/// Thread-safe. `store` outlives it and has not stopped when it ends.
class Registry {
 public:
  /// Reads all devices, about 2 µs each, and watches the store from then on.
  explicit Registry(store::Store& store);
  ~Registry();

  /// Null when there is none. One hash look-up: ~100 ns.
  DevicePtr find(store::TenantId tenant, std::string_view group, std::string_view address) const;
  /// By the id of its entity.
  DevicePtr find_id(store::TenantId tenant, std::string_view id) const;
  GroupPtr group(store::TenantId tenant, std::string_view name) const;
  ModelPtr model(store::TenantId tenant, std::string_view id) const;  ///< null: there is none
  std::vector<GroupPtr> groups(store::TenantId tenant) const;

  /// The device of this address in a group that makes its devices: one with `fresh`, whose entity is still to be
  /// written (device_entity.h). Another's when it was quicker.
  DevicePtr provision(const GroupPtr& group, std::string_view address);

  /// Every device, in no order, without a lock held while `see` runs; those that appear meanwhile may be left out.
  /// False from `see` ends it. About 100 ns each.
  void each(const std::function<bool(const DevicePtr&)>& see) const;
  std::size_t size() const;
  /// Rises with every device, group or model that came, changed or went: what is derived from them is to be made anew.
  std::uint64_t changes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::things
