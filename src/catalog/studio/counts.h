// Instead of rows about persons: counts of them, with margins, in which nobody can be found.
#pragma once
#include <string>
#include <vector>

#include "catalog/studio/upload.h"

namespace tsunagu::catalog {

/// The table of counts of an upload's rows by the columns `by` (none: those that together may tell who somebody is), as
/// CSV: small counts and as many others as it takes are hidden (disclosure/suppression.h), which is proven before it is
/// given out. BadRequestData: no such column, too many cells, too few persons. Blocks, up to seconds for large tables.
Result<std::string> counts_csv(const UploadView& view, std::vector<std::string> by);

}  // namespace tsunagu::catalog
