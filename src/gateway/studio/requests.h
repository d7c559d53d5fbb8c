// Bodies of requests to the studio. Internal to its routes.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/studio/publication.h"
#include "catalog/studio/upload.h"

namespace tsunagu::gateway::studio {

/// PATCH /catalog/uploads/{id}: what of the settings is to become what.
Result<std::function<Result<void>(catalog::UploadDraft&)>> read_settings(std::string_view json);

struct RepairsAsked {
  bool all = false;
  std::vector<std::string> ids;
};
Result<RepairsAsked> read_repairs(std::string_view json);

/// Columns to count by; none: those that were found.
Result<std::vector<std::string>> read_columns(std::string_view json);
Result<std::vector<catalog::CellEdit>> read_cells(std::string_view json);

Result<catalog::PublicationRequest> read_publication(std::string_view json);

}  // namespace tsunagu::gateway::studio
