// Subscriptions and records in few words.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "broker/subscriptions/subscription.h"
#include "ngsi/body.h"

namespace tsunagu::broker {

inline Result<Subscription> read(const std::string& body, const ngsi::Context& context = *ngsi::core_context()) {
  auto document = expand_subscription(body, context);
  if (!document) return tl::unexpected(document.error());
  return read_subscription(std::move(*document));
}

/// `members` besides id, type and endpoint; those of notification go in `notification`.
inline std::string body_of(const std::string& id, const std::string& members, const std::string& notification = "") {
  return R"({"id":"urn:ngsi-ld:Subscription:)" + id + R"(","type":"Subscription",)" + members + R"(,"notification":{)" +
         notification + R"("endpoint":{"uri":"http://example.org/a"}}})";
}

inline std::shared_ptr<Subscription> made(const std::string& body) {
  auto subscription = read(body);
  EXPECT_TRUE(subscription) << (subscription ? "" : subscription.error().detail) << " " << body;
  if (!subscription) return nullptr;
  auto out = std::make_shared<Subscription>(std::move(*subscription));
  out->account = std::make_shared<Account>();
  out->account->set_current(out);
  out->created_at = out->modified_at = now();
  out->context = ngsi::core_context();
  return out;
}

inline ngsi::Entity entity_of(const std::string& json) {
  const auto body = ngsi::Body::parse(json);
  EXPECT_TRUE(body) << json;
  auto entity = body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
  EXPECT_TRUE(entity) << (entity ? "" : entity.error().detail);
  return std::move(*entity);
}
inline ngsi::RecordPtr record_of(const std::string& json) {
  return *ngsi::encode(entity_of(json));
}

}  // namespace tsunagu::broker
