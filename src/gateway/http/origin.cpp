#include "gateway/http/origin.h"

#include <algorithm>

#include "base/text.h"

namespace tsunagu::gateway {

bool from_known_page(const Request& request, const std::vector<std::string>& origins) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return true;  // no browser
  const auto scheme = origin.find("://");
  if (scheme != std::string_view::npos && equal_ignoring_case(origin.substr(scheme + 3), request.header("Host"))) {
    return true;
  }
  return std::ranges::any_of(origins, [&](const std::string& o) { return o == "*" || equal_ignoring_case(o, origin); });
}

}  // namespace tsunagu::gateway
