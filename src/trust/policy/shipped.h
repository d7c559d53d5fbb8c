// The policies of data/policies, which are compiled into the program: what a new region begins with.
#pragma once
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "store/store.h"

namespace tsunagu::trust {

/// Path below data/ ("policies/region.toml") and text.
std::span<const std::pair<std::string_view, std::string_view>> shipped_files();

/// Puts them into the graph of the default tenant, as active Policy entities, unless there is a policy already. Waits
/// for the store: not on a thread of it.
Result<void> install_policies(store::Store& store);

}  // namespace tsunagu::trust
