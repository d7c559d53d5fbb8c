#include "broker/subscriptions/subscription.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::broker {
namespace {

namespace walk = ngsi::walk;

void begin_member(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
}
void add_text(std::string& out, std::string_view name, std::string_view text) {
  begin_member(out, name);
  append_json_string(out, text);
}
void add_number(std::string& out, std::string_view name, std::uint64_t value) {
  begin_member(out, name);
  out += std::to_string(value);
}
void add_instant(std::string& out, std::string_view name, Instant t) {
  if (t != kNoInstant) add_text(out, name, to_string(t));
}

bool is_null(std::string_view json) {
  return json == "null" || json == ngsi::kNullJson;
}

/// `members` names the objects that are merged and not replaced, from the outside in.
std::string merge(std::string_view target, std::string_view fragment, std::span<const std::string_view> nested) {
  std::string out = "{";
  const auto put = [&](std::string_view key, std::string_view value) {
    if (out.back() != '{') out += ',';
    out.append(key).append(":").append(value);
  };
  walk::any_member(target, [&](std::string_view key, std::string_view value) {
    const std::string name = json_string_text(key);
    const std::string_view given = walk::member(fragment, name);
    if (given.empty()) {
      put(key, value);
    } else if (!is_null(given)) {
      const bool deeper = !nested.empty() && name == nested.front() && walk::is_object(value) && walk::is_object(given);
      put(key, deeper ? merge(value, given, nested.subspan(1)) : given);
    }
    return false;
  });
  walk::any_member(fragment, [&](std::string_view key, std::string_view value) {
    if (!is_null(value) && walk::member(target, json_string_text(key)).empty()) put(key, value);
    return false;
  });
  return out += '}';
}

Instant instant_of(std::string_view json) {
  return {parse_number<std::int64_t>(json).value_or(kNoInstant.us)};
}

}  // namespace

Account::Figures Account::figures() const {
  std::lock_guard lock(mutex_);
  return figures_;
}

void Account::set(const Figures& figures) {
  std::lock_guard lock(mutex_);
  figures_ = figures;
}

void Account::attempt_begins(Instant at) {
  std::lock_guard lock(mutex_);
  ++figures_.sent;
  figures_.last_notification = at;
  changed_ = true;
}

void Account::attempt_ended(bool delivered, Instant at) {
  std::lock_guard lock(mutex_);
  if (!delivered) ++figures_.failed;
  (delivered ? figures_.last_success : figures_.last_failure) = at;
  changed_ = true;
}

SubscriptionPtr Account::current() const {
  std::lock_guard lock(mutex_);
  return current_.lock();
}

void Account::set_current(const SubscriptionPtr& subscription) {
  std::lock_guard lock(mutex_);
  current_ = subscription;
}

std::string merge_subscription(std::string_view document, std::string_view fragment) {
  static constexpr std::string_view kNested[] = {"notification", "endpoint"};
  return merge(document, fragment, kNested);
}

std::string print_subscription(const Subscription& subscription, const ngsi::Context& context,
                               std::string_view context_url, bool sys_attrs) {
  const Instant at = now();
  const Account::Figures figures = subscription.account->figures();
  const std::string document = compact_subscription(subscription.document, context);
  std::string out = "{";
  walk::any_member(document, [&](std::string_view key, std::string_view value) {
    if (key == R"("notification")" && walk::is_object(value)) {
      begin_member(out, "notification");
      out += value.substr(0, value.size() - 1);
      if (figures.sent > 0) add_number(out, "timesSent", figures.sent);
      if (figures.failed > 0) add_number(out, "timesFailed", figures.failed);
      add_instant(out, "lastNotification", figures.last_notification);
      add_instant(out, "lastSuccess", figures.last_success);
      add_instant(out, "lastFailure", figures.last_failure);
      if (figures.last_success != figures.last_failure) {
        add_text(out, "status", figures.last_success > figures.last_failure ? "ok" : "failed");
      }
      out += '}';
      return false;
    }
    if (out.back() != '{') out += ',';
    out.append(key).append(":").append(value);
    return false;
  });
  if (subscription.interval_s == 0 && walk::member(document, "notificationTrigger").empty()) {
    begin_member(out, "notificationTrigger");
    out += R"(["attributeCreated","attributeUpdated"])";
  }
  if (subscription.shows_context && walk::member(document, "jsonldContext").empty())
    add_text(out, "jsonldContext", context_url);
  constexpr std::string_view kStatus[] = {"active", "paused", "expired"};
  add_text(out, "status", kStatus[static_cast<std::size_t>(subscription.status(at))]);
  if (sys_attrs) {
    add_instant(out, "createdAt", subscription.created_at);
    add_instant(out, "modifiedAt", subscription.modified_at);
  }
  return out;
}

std::string pack_subscription(const Subscription& subscription) {
  const Account::Figures figures = subscription.account->figures();
  std::string out = "{\"subscription\":" + subscription.document;
  if (!subscription.context_json.empty()) {
    begin_member(out, "context");
    out += subscription.context_json;
  }
  const auto number = [&](std::string_view name, std::int64_t value) {
    begin_member(out, name);
    append_json_number(out, value);
  };
  if (subscription.shows_context) number("showsContext", 1);
  number("createdAt", subscription.created_at.us);
  number("modifiedAt", subscription.modified_at.us);
  number("timesSent", static_cast<std::int64_t>(figures.sent));
  number("timesFailed", static_cast<std::int64_t>(figures.failed));
  for (const auto& [name, t] : {std::pair("lastNotification", figures.last_notification),
                                {"lastSuccess", figures.last_success},
                                {"lastFailure", figures.last_failure}}) {
    if (t != kNoInstant) number(name, t.us);
  }
  begin_member(out, "owner");
  out += pack_owner(subscription.owner);
  return out += '}';
}

Result<Subscription> unpack_subscription(std::string_view packed) {
  auto out = read_subscription(std::string(walk::member(packed, "subscription")));
  if (!out) return out;
  out->context_json = walk::member(packed, "context");
  out->shows_context = !walk::member(packed, "showsContext").empty();
  out->owner = unpack_owner(walk::member(packed, "owner"));
  out->created_at = instant_of(walk::member(packed, "createdAt"));
  out->modified_at = instant_of(walk::member(packed, "modifiedAt"));
  Account::Figures figures;
  figures.sent = parse_number<std::uint64_t>(walk::member(packed, "timesSent")).value_or(0);
  figures.failed = parse_number<std::uint64_t>(walk::member(packed, "timesFailed")).value_or(0);
  figures.last_notification = instant_of(walk::member(packed, "lastNotification"));
  figures.last_success = instant_of(walk::member(packed, "lastSuccess"));
  figures.last_failure = instant_of(walk::member(packed, "lastFailure"));
  out->account = std::make_shared<Account>();
  out->account->set(figures);
  return out;
}

}  // namespace tsunagu::broker
