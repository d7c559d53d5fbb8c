#include "things/registry.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

struct AddressKey {
  store::TenantId tenant;
  std::string_view group, address;
};
struct IdKey {
  store::TenantId tenant;
  std::string_view id;
};
AddressKey address_key(const DevicePtr& d) {
  return {d->group->tenant, d->group->name, d->address};
}
const AddressKey& address_key(const AddressKey& key) {
  return key;
}
IdKey id_key(const DevicePtr& d) {
  return {d->group->tenant, d->id};
}
const IdKey& id_key(const IdKey& key) {
  return key;
}

struct ByAddress {
  using is_transparent = void;
  template <class Key>
  std::size_t operator()(const Key& any) const {
    const AddressKey key = address_key(any);
    return hash64(key.address, hash64(key.group, key.tenant.value));
  }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    const AddressKey x = address_key(a), y = address_key(b);
    return x.address == y.address && x.group == y.group && x.tenant == y.tenant;
  }
};
struct ById {
  using is_transparent = void;
  template <class Key>
  std::size_t operator()(const Key& any) const {
    const IdKey key = id_key(any);
    return hash64(key.id, key.tenant.value);
  }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    const IdKey x = id_key(a), y = id_key(b);
    return x.id == y.id && x.tenant == y.tenant;
  }
};

using Named = std::pair<store::TenantId, std::string>;

}  // namespace

struct Registry::State final : store::Watcher {
  explicit State(store::Store& s) : store(s) {}

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void failed() override {}
  void committed(std::uint64_t, std::span<const store::EntityChange> all, std::uint64_t) override {
    for (const store::EntityChange& change : all) take(change.tenant, change.before.get(), change.after.get());
  }

  static bool is_ours(const ngsi::Record* record) {
    if (record == nullptr) return false;
    const Terms& t = terms();
    return record->has_type(t.device) || record->has_type(t.device_model) || record->has_type(t.service_group);
  }

  void take(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record* after) {
    if ((!is_ours(before) && !is_ours(after)) || same_description(before, after)) return;
    const Terms& t = terms();
    const std::unique_lock lock(mutex);
    ++changes;
    const auto has = [](const ngsi::Record* record, ngsi::TermId type) {
      return record != nullptr && record->has_type(type);
    };
    if (has(before, t.service_group) || has(after, t.service_group)) take_group(tenant, before, after);
    if (has(before, t.device_model) || has(after, t.device_model)) take_model(tenant, before, after);
    if (has(before, t.device) || has(after, t.device)) take_device(tenant, before, after);
  }

  void take_group(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record* after) {
    if (before != nullptr) {
      const Group old = read_group(tenant, *before);
      if (const auto found = groups.find(Named{tenant, old.name});
          found != groups.end() && found->second->id == old.id) {
        auto plain = std::make_shared<Group>();  // its devices may still be there
        plain->tenant = tenant;
        plain->name = old.name;
        found->second = std::move(plain);
      }
    }
    if (after == nullptr || !after->has_type(terms().service_group)) return;
    auto group = std::make_shared<Group>(read_group(tenant, *after));
    if (!check_address("", group->name)) return;
    groups[Named{tenant, group->name}] = std::move(group);
  }

  void take_model(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record* after) {
    const std::string id(after != nullptr ? after->id() : before->id());
    if (after != nullptr && after->has_type(terms().device_model)) {
      models[Named{tenant, id}] = std::make_shared<const Model>(read_model(*after));
    } else {
      models.erase(Named{tenant, id});
    }
    if (loading) return;
    // Rare: a look at all devices.
    std::vector<DevicePtr> its;
    for (const DevicePtr& device : by_address) {
      if (device->group->tenant == tenant && device->model->id == id) its.push_back(device);
    }
    for (const DevicePtr& old : its) {
      auto next = std::make_shared<Device>(*old);
      next->model = model_of(tenant, id, old->calibration.get());
      replace(old, std::move(next));
    }
  }

  void take_device(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record* after) {
    DevicePtr old;
    const auto id = after != nullptr ? after->id() : before->id();
    if (const auto found = by_id.find(IdKey{tenant, id}); found != by_id.end()) old = *found;
    std::shared_ptr<Device> next;
    if (after != nullptr && after->has_type(terms().device)) next = made_of(tenant, read_device(*after));
    if (old && next) next->live = old->live;
    if (next) {
      // An address belongs to one device: to the one that has it first.
      const auto holder = by_address.find(AddressKey{tenant, next->group->name, next->address});
      if (holder != by_address.end() && *holder != old) {
        log::warn("{} has the address of {}: it is not heard", next->id, (*holder)->id);
        next = nullptr;
      }
    }
    replace(old, std::move(next));
  }

  std::shared_ptr<Device> made_of(store::TenantId tenant, DeviceText text) {
    if (text.address.empty()) return nullptr;
    auto device = std::make_shared<Device>();
    device->group = group_named(tenant, text.group);
    if (!text.calibration.empty()) device->calibration = std::make_shared<std::string>(std::move(text.calibration));
    device->model = model_of(tenant, text.model, device->calibration.get());
    device->address = std::move(text.address);
    device->id = std::move(text.id);
    device->asset = std::move(text.asset);
    device->simulated = text.simulated;
    device->live->status = text.status;
    device->live->observed_us = text.last_reported.us;
    return device;
  }

  void replace(const DevicePtr& old, DevicePtr next) {
    if (old) {
      by_address.erase(old);
      by_id.erase(old);
    }
    if (!next) return;
    by_address.insert(next);
    by_id.insert(std::move(next));
  }

  GroupPtr group_named(store::TenantId tenant, const std::string& name) {
    GroupPtr& group = groups[Named{tenant, name}];
    if (!group) {
      auto made = std::make_shared<Group>();
      made->tenant = tenant;
      made->name = name;
      group = std::move(made);
    }
    return group;
  }

  ModelPtr model_of(store::TenantId tenant, const std::string& id, const std::string* calibration) {
    ModelPtr model = model_named(tenant, id);
    return calibration == nullptr ? model : calibrated(*model, *calibration);
  }

  ModelPtr model_named(store::TenantId tenant, const std::string& id) {
    if (const auto found = models.find(Named{tenant, id}); found != models.end()) return found->second;
    ModelPtr& made = unknown_models[Named{tenant, id}];
    if (!made) {
      auto model = std::make_shared<Model>();
      model->id = id;
      made = std::move(model);
    }
    return made;
  }

  void load() {
    loading = true;
    const Terms& t = terms();
    for (const auto& [tenant, name] : store.tenants()) {
      for (const ngsi::TermId type : {t.device_model, t.service_group, t.device}) {
        ngsi::Selection selection;
        selection.types.emplace();
        selection.types->kind = ngsi::TypeExpr::Kind::kType;
        selection.types->type = type;
        const auto cursor = store.query(tenant, std::move(selection));
        std::vector<ngsi::RecordPtr> found;
        for (bool more = true; more;) {
          found.clear();
          more = cursor->step(4096, 4096, found);
          for (const ngsi::RecordPtr& record : found) {
            // Watched already: what changed meanwhile is newer than what was found.
            const ngsi::RecordPtr now = store.find(tenant, record->id());
            if (now) take(tenant, nullptr, now.get());
          }
        }
      }
    }
    loading = false;
  }

  store::Store& store;
  mutable std::shared_mutex mutex;
  absl::flat_hash_set<DevicePtr, ByAddress, ByAddress> by_address;
  absl::flat_hash_set<DevicePtr, ById, ById> by_id;
  absl::flat_hash_map<Named, GroupPtr> groups;
  absl::flat_hash_map<Named, ModelPtr> models, unknown_models;
  std::uint64_t changes = 0;
  std::atomic<bool> loading = false;
};

Registry::Registry(store::Store& store) : state_(std::make_unique<State>(store)) {
  store.watch(*state_);
  state_->load();
}

Registry::~Registry() {
  state_->store.unwatch(*state_);
}

DevicePtr Registry::find(store::TenantId tenant, std::string_view group, std::string_view address) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->by_address.find(AddressKey{tenant, group, address});
  return found == state_->by_address.end() ? nullptr : *found;
}

DevicePtr Registry::find_id(store::TenantId tenant, std::string_view id) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->by_id.find(IdKey{tenant, id});
  return found == state_->by_id.end() ? nullptr : *found;
}

GroupPtr Registry::group(store::TenantId tenant, std::string_view name) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->groups.find(Named{tenant, std::string(name)});
  return found == state_->groups.end() ? nullptr : found->second;
}

ModelPtr Registry::model(store::TenantId tenant, std::string_view id) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->models.find(Named{tenant, std::string(id)});
  return found == state_->models.end() ? nullptr : found->second;
}

std::vector<GroupPtr> Registry::groups(store::TenantId tenant) const {
  std::vector<GroupPtr> out;
  {
    const std::shared_lock lock(state_->mutex);
    for (const auto& [key, group] : state_->groups) {
      if (key.first == tenant) out.push_back(group);
    }
  }
  std::sort(out.begin(), out.end(), [](const GroupPtr& a, const GroupPtr& b) { return a->name < b->name; });
  return out;
}

DevicePtr Registry::provision(const GroupPtr& group, std::string_view address) {
  DeviceText text;
  text.group = group->name;
  text.address = std::string(address);
  text.id = device_id(text.group, text.address);
  text.model = group->model;
  const std::unique_lock lock(state_->mutex);
  const auto found = state_->by_address.find(AddressKey{group->tenant, group->name, address});
  if (found != state_->by_address.end()) return *found;
  if (const auto taken = state_->by_id.find(IdKey{group->tenant, text.id}); taken != state_->by_id.end())
    return nullptr;
  std::shared_ptr<Device> device = state_->made_of(group->tenant, std::move(text));
  if (!device) return nullptr;
  device->fresh = true;
  state_->by_address.insert(device);
  state_->by_id.insert(device);
  return device;
}

void Registry::each(const std::function<bool(const DevicePtr&)>& see) const {
  std::vector<DevicePtr> all;
  {
    const std::shared_lock lock(state_->mutex);
    all.assign(state_->by_address.begin(), state_->by_address.end());
  }
  for (const DevicePtr& device : all) {
    if (!see(device)) return;
  }
}

std::size_t Registry::size() const {
  const std::shared_lock lock(state_->mutex);
  return state_->by_address.size();
}

std::uint64_t Registry::changes() const {
  const std::shared_lock lock(state_->mutex);
  return state_->changes;
}

}  // namespace tsunagu::things
