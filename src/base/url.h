// Percent-encoding and query strings (RFC 3986 clause 2.1 and 3.4).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu {

/// `text` with every %XX turned into its byte; empty when a '%' is not followed by two hex digits or the outcome is not
/// UTF-8. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

/// Appends `text` with everything but letters, digits and - . _ ~ written as %XX: fits any part of a URL.
void append_percent_encoded(std::string& out, std::string_view text);
std::string percent_encode(std::string_view text);

struct QueryParameter {
  std::string name;
  std::string value;  ///< empty also when there was no '='
  bool operator==(const QueryParameter&) const = default;
};

/// The parameters of a query string (without '?'), decoded, in the order given. '+' is a space, as every HTTP library
/// that builds query strings writes it: a plus sign has to be sent as %2B. kInvalidRequest for broken percent-encoding.
Result<std::vector<QueryParameter>> parse_query(std::string_view query);

}  // namespace tsunagu
