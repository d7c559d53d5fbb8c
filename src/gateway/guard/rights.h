// Which routes are for some only.
#pragma once
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// The tenant in which a right has to be had.
enum class RightIn {
  kRegion,      ///< the default one: what concerns the whole server
  kAsked,       ///< that of the request (asked_tenant): what a route does there
  kAskedOrOwn,  ///< the same, but the caller's own when the request names none
  kOwn,         ///< the caller's own: their accounts
};

struct RouteRight {
  std::string_view right;
  RightIn in = RightIn::kRegion;
};

/// The right (trust::Access::may) that a route asks for; "" when it is for everybody, because it decides by itself: it
/// reads and writes entities as its caller may, is about the caller, or gives out what is public.
RouteRight right_of(std::string_view method, std::string_view pattern);

/// The tenant that a request names: by the header NGSILD-Tenant, or by the parameter `tenant`, as browsers do where
/// they cannot set headers; "" for none.
std::string asked_tenant(const Request& request);

}  // namespace tsunagu::gateway
