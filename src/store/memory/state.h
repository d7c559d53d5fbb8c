// All of a store's memory: tenants, their graphs and documents, under one lock.
// One thread (the writer) changes it: it reads without the lock and takes it exclusively to change; everybody else
// reads under the shared lock.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/memory/graph.h"
#include "store/memory/lock.h"
#include "store/store.h"

namespace tsunagu::store {

/// collection → key → body
using Documents = std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

struct Tenant {
  std::string name;
  Graph graph;
  Documents documents;
};

struct State {
  mutable StateMutex mutex;
  std::vector<std::unique_ptr<Tenant>> tenants;  ///< by number; the first is the default tenant ""

  const Tenant* tenant(TenantId id) const { return id.value < tenants.size() ? tenants[id.value].get() : nullptr; }
  Tenant* tenant(TenantId id) { return id.value < tenants.size() ? tenants[id.value].get() : nullptr; }
};

}  // namespace tsunagu::store
