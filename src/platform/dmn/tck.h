// The cases of the DMN Technology Compatibility Kit: folders with models and files of inputs and expected results.
#pragma once
#include <functional>
#include <string>

#include "base/error.h"

namespace tsunagu::platform::dmn {

struct TckCounts {
  std::size_t passed = 0, failed = 0, left_out = 0;
};

/// Runs every case below `folder` (each result expected of a case counts as one with the others of its case); `tell`
/// gets a text for each that fails: file, case, expected, actual, faults. What needs Java is left out.
Result<TckCounts> run_tck(const std::string& folder, const std::function<void(const std::string&)>& tell);

}  // namespace tsunagu::platform::dmn
