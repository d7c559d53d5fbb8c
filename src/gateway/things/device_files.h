// Files for devices (firmware, large configurations): kept by their hash, named by the entity DeviceFile.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "store/store.h"

namespace tsunagu::gateway::iot {

/// What a command says of a file: {"name","version","url","sha256","size"}, canonical JSON. `sha256`: of the file.
/// ResourceNotFound: the tenant has no such file.
Result<std::string> device_file_value(const store::Store& store, store::TenantId tenant, std::string_view sha256);

}  // namespace tsunagu::gateway::iot
