// Which program this is.
#pragma once
#include <string_view>

namespace tsunagu {

std::string_view version();  ///< "0.1.0"
std::string_view commit();   ///< abbreviated git commit it was built from; "unknown" outside a clone

}  // namespace tsunagu
