// Writing the Notification (clauses 5.3.1, 5.8.6) and what goes with it: headers for HTTP (6.3.8), the message for MQTT
// (7.2).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "broker/subscriptions/notice.h"
#include "broker/subscriptions/subscription.h"
#include "ngsi/representation.h"

namespace tsunagu::broker {

/// The name of a notice for good: the same however often it is sent, another for every other one.
std::string notification_id(const Notice& notice);

/// `subscription`: as it is now. `context_url`: where the @context of notices can be had. `linked` finds what
/// relationships point to. Empty when nothing is left to tell after projection.
std::optional<Message> render_notification(const Notice& notice, const Subscription& subscription,
                                           std::string_view context_url, const ngsi::Linked& linked);

}  // namespace tsunagu::broker
