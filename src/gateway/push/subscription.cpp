#include "gateway/push/subscription.h"

#include <algorithm>

#include "gateway/push/encryption.h"
#include "gateway/push/vapid.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kMaxEndpoint = 2048, kMaxTitle = 200;

bool this_machine(std::string_view origin) {
  return origin.starts_with("http://127.0.0.1:") || origin.starts_with("http://localhost:") || origin.starts_with("http://[::1]:");
}

}  // namespace

std::string push_id(std::string_view endpoint) {
  const trust::Digest digest = trust::sha256(endpoint);
  return trust::to_base64url({reinterpret_cast<const char*>(digest.data()), 16});
}

Result<void> check_subscription(const PushSubscription& s) {
  const std::string_view origin = origin_of(s.endpoint);
  if (s.endpoint.size() > kMaxEndpoint || origin.size() < 10 || (!origin.starts_with("https://") && !this_machine(origin)) ||
      !std::all_of(s.endpoint.begin(), s.endpoint.end(), [](char c) { return c > ' ' && c < 127; })) {
    return bad("\"endpoint\" must be the https address that the browser was given by its push service");
  }
  if (!is_p256_point(trust::from_base64url(s.p256dh).value_or(""))) return bad("\"keys.p256dh\" must be a point of P-256 as base64url");
  if (trust::from_base64url(s.auth).value_or("").size() != 16) return bad("\"keys.auth\" must be 16 bytes as base64url");
  if (s.language != "ja" && s.language != "easy" && s.language != "en") return bad("\"language\" must be ja, easy or en");
  if (s.title.size() > kMaxTitle) return bad("\"name\" must have at most 200 bytes");
  return {};
}

std::string to_json(const PushSubscription& s) {
  std::string out;
  JsonObject object(out);
  object.text("id", s.id).text_if("tenant", s.person.tenant).text("account", s.person.account).text("endpoint", s.endpoint);
  object.text("p256dh", s.p256dh).text("auth", s.auth).text("language", s.language).text_if("title", s.title);
  trust::put_instant(object, "made", s.made);
  object.end();
  return out;
}

bool read_item(std::string_view json, PushSubscription& s) {
  using trust::text_in;
  s.id = text_in(json, "id");
  s.person = {text_in(json, "tenant"), text_in(json, "account")};
  s.endpoint = text_in(json, "endpoint");
  s.p256dh = text_in(json, "p256dh");
  s.auth = text_in(json, "auth");
  s.language = text_in(json, "language");
  s.title = text_in(json, "title");
  s.made = trust::instant_in(json, "made");
  return !s.id.empty() && !s.endpoint.empty();
}

}  // namespace tsunagu::gateway
