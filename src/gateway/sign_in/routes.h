// Signing in over HTTP: /auth/… (docs/sign-in.md).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "gateway/sign_in/cookies.h"
#include "trust/policy/directory.h"
#include "trust/sign_in/delegates.h"
#include "trust/sign_in/sign_in.h"

namespace tsunagu::gateway {

struct SignInParts {
  trust::SignIn& sign_in;
  const trust::Directory* directory;  ///< null under --auth=none
  const SignInCookies& cookies;
  store::Store& store;
  bool loopback = false;  ///< demonstration accounts may be used
  /// Other providers by which one can sign in: key and title.
  std::function<std::vector<std::pair<std::string, std::string>>()> providers = {};
  std::shared_ptr<trust::Delegates> delegates = nullptr;  ///< null: made from the parts above
};

/// Adds the routes and describes them. What `parts` refers to outlives the router.
void add_sign_in_routes(Router& router, openapi::Document& document, SignInParts parts);

}  // namespace tsunagu::gateway
