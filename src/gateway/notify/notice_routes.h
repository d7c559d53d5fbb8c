// What operators see and do about notices: GET /admin/notices, POST /admin/notices/retry, POST /admin/notices/drop.
#pragma once
#include <string_view>

#include "base/error.h"
#include "broker/subscriptions/notice.h"
#include "gateway/http/http.h"
#include "gateway/notify/notifier.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway {

/// Adds the routes and describes them. Everything given outlives the router.
void add_notice_routes(Router& router, openapi::Document& document, Notifier& notifier, broker::NoticeSource& source);

/// {"tenant", "subscription", "endpoint", "row", "part"}, each optional; empty text is {}. `everything` becomes true
/// when no member is given. InvalidRequest for anything else.
Result<broker::NoticeFilter> read_notice_filter(std::string_view json, bool& everything);

}  // namespace tsunagu::gateway
