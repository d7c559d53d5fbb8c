// Percent-encoding of URIs (RFC 3986 clause 2.1).
#pragma once
#include <string>
#include <string_view>

namespace tsunagu::gateway {

enum class Plus : unsigned char {
  kPlus,   ///< '+' is itself: paths
  kSpace,  ///< '+' is a space, as forms and every client library write it: queries
};

/// Puts the decoded `text` into `out`. False when an escape is not two hex digits, or the result has a NUL or is not UTF-8.
bool percent_decode(std::string_view text, Plus plus, std::string& out);

}  // namespace tsunagu::gateway
