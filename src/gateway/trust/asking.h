// Who asks something of trust, in which tenant, and how answers are written.
#pragma once
#include <string>

#include "gateway/http/http.h"
#include "store/store.h"
#include "trust/consent/consents.h"

namespace tsunagu::gateway {

/// The caller; the tenant is that of the header NGSILD-Tenant, without it the caller's own. NonexistentTenant.
Result<trust::Asking> asking_of(const Request& request, const store::Store& store);
/// The same for what is about the caller: in their own tenant, and neither anonymous (Unauthorized) nor an application
/// with their token (Forbidden).
Result<trust::Asking> signed_in(const Request& request, const store::Store& store);

/// {"id":…,"name":…}
std::string json_of(const trust::Named& named);
/// {"ja":…,"en":…,"easy":…} without what is empty
std::string json_of(const trust::Title& title);

/// 200 (or `status`) with JSON that nobody keeps.
Response json_answer(std::string body, unsigned status = 200);

/// A way to answer that can be kept in functions.
using KeptReply = std::shared_ptr<Reply>;
inline KeptReply keep(Reply reply) {
  return std::make_shared<Reply>(std::move(reply));
}

}  // namespace tsunagu::gateway
