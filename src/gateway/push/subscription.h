// A browser on which somebody allows notices (W3C Push API), kept in the collection "push.subscriptions".
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::gateway {

/// Who is told: an account of a tenant.
struct PushPerson {
  std::string tenant;   ///< name
  std::string account;  ///< sign-in name; kAnybody when nobody signs in (--auth=none)
  static constexpr std::string_view kAnybody = "anybody";
  bool operator==(const PushPerson&) const = default;
};

struct PushSubscription {
  std::string id;  ///< push_id(endpoint)
  PushPerson person;
  std::string endpoint;      ///< address at the browser's push service; whoever knows it can send to it
  std::string p256dh, auth;  ///< base64url
  std::string language;      ///< in which notices are: "ja", "easy" or "en"
  std::string title;         ///< of the device, to show
  Instant made;
};
std::string to_json(const PushSubscription& subscription);
bool read_item(std::string_view json, PushSubscription& subscription);

/// The same for the same address: a browser has one subscription here, whoever signed in last.
std::string push_id(std::string_view endpoint);
/// What is wrong with it; BadRequestData names the member.
Result<void> check_subscription(const PushSubscription& subscription);

}  // namespace tsunagu::gateway
