// What was done with personal data, and by whom: the audit log for those who watch over it, and for everybody the part
// that is about them.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/audit/trail.h"
#include "trust/authority.h"

namespace tsunagu::gateway {

/// What the log does not know about people and words; what is left out is not told. Thread-safe functions.
struct LogPeople {
  /// Persons (URN) whose log the subject may see besides their own: whom they guard or act for.
  std::function<std::vector<std::string>(const trust::SubjectPtr&)> in_charge_of;
  /// The body (URN) that a subject belongs to; "" for none.
  std::function<std::string(const trust::SubjectPtr&)> body_of;
  /// {"ja":…,"en":…} of a purpose; "" when it is not known.
  std::function<std::string(std::string_view purpose)> purpose_title;
};

/// Everything outlives the router.
struct LogParts {
  trust::AuditTrail& trail;
  const trust::Authority& authority;
  const store::Store& store;  ///< as it is, not as the caller sees it: the names of those who looked are told
  LogPeople people;
};

/// GET /trust/log, .csv and .ndjson (right `audit` in the tenant asked), /trust/log/mine, /trust/log/proof. Looking
/// into the log of others is itself logged, before it is answered.
void add_log_routes(Router& router, openapi::Document& document, LogParts parts);

}  // namespace tsunagu::gateway
