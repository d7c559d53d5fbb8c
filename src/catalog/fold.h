// Text as it is compared when people search.
#pragma once
#include <string>
#include <string_view>

namespace tsunagu::catalog {

/// NFKC, lower case, runs of white space as one space: "ﾊｻﾞｰﾄﾞ　Map" and "ハザード map" are the same. `text` must be
/// UTF-8. ~10 ns per byte; ASCII ~2 ns.
std::string fold(std::string_view text);

}  // namespace tsunagu::catalog
