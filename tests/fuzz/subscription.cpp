// Bodies of subscriptions: refused, or read, printed, kept and read again as the same; a second half after a 0 byte is
// a PATCH of the first.
#include "broker/subscriptions/subscription.h"

#include <cstdlib>
#include <string_view>

#include "broker/subscriptions/matcher.h"
#include "broker/subscriptions/outbox_row.h"
#include "ngsi/body.h"
#include "sample.h"

using namespace tsunagu;
using namespace tsunagu::broker;

namespace {

void keep(Subscription subscription) {
  subscription.account = std::make_shared<Account>();
  const std::string printed = print_subscription(subscription, *ngsi::core_context(), "", true) + "}";
  if (!ngsi::Body::parse(printed)) std::abort();
  const auto again = unpack_subscription(pack_subscription(subscription));
  if (!again || again->document != subscription.document) std::abort();
  make_selections(subscription);
  Matcher matcher;
  const auto kept = std::make_shared<const Subscription>(std::move(subscription));
  matcher.add(kept);
  std::vector<SubscriptionPtr> found;
  matcher.match({{}, nullptr, ngsi::RecordPtr::copy(sample_record().bytes()), Instant{1}}, nullptr, found);
  matcher.remove(kept);
}

std::optional<std::string> expanded(std::string_view text) {
  const auto body = ngsi::Body::parse(text);
  if (!body || !body->is_object()) return std::nullopt;
  auto document = expand_subscription(body->canonical(), *ngsi::core_context());
  if (!document) return std::nullopt;
  return std::move(*document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  unpack_outbox(text);
  const std::size_t zero = std::min(text.find('\0'), text.size());
  const auto document = expanded(text.substr(0, zero));
  if (!document) return 0;
  if (auto read = read_subscription(*document)) keep(std::move(*read));
  if (zero == text.size()) return 0;
  if (const auto fragment = expanded(text.substr(zero + 1))) {
    if (auto merged = read_subscription(merge_subscription(*document, *fragment))) keep(std::move(*merged));
  }
  return 0;
}
