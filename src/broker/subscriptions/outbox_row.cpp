#include "broker/subscriptions/outbox_row.h"

#include <limits>

#include "base/bytes.h"

namespace tsunagu::broker {
namespace {

constexpr std::uint8_t kVersion = 1;

// A text that is cut off where its length does not fit.
void put_cut(std::string& out, std::string_view text) {
  put_short(out, text.substr(0, std::numeric_limits<std::uint16_t>::max()));
}

constexpr std::size_t kLeastPart = 4 + 1 + 4 + 8 + 2 + 2;

}  // namespace

std::string pack_outbox(const OutboxBody& body) {
  std::string out;
  put(out, kVersion);
  put(out, body.change.tenant.value);
  put(out, body.change.at.us);
  for (const ngsi::RecordPtr& record : {body.change.before, body.change.after}) {
    const std::string_view bytes = record ? record->bytes() : std::string_view();
    put(out, static_cast<std::uint32_t>(bytes.size()));
    out += bytes;
  }
  put(out, static_cast<std::uint32_t>(body.parts.size()));
  for (const OutboxPart& part : body.parts) {
    put(out, part.number);
    put(out, static_cast<std::uint8_t>(part.state));
    put(out, part.attempts);
    put(out, part.gave_up.us);
    put_cut(out, part.subscription);
    put_cut(out, part.reason);
  }
  return out;
}

std::optional<OutboxBody> unpack_outbox(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
  OutboxBody body;
  body.change.tenant.value = in.number<std::uint16_t>();
  body.change.at.us = in.number<std::int64_t>();
  for (ngsi::RecordPtr* record : {&body.change.before, &body.change.after}) {
    const std::string_view packed = in.text<std::uint32_t>();
    if (packed.empty()) continue;
    if (!ngsi::check_record(packed)) return std::nullopt;
    *record = ngsi::RecordPtr::copy(packed);
  }
  const std::size_t count = in.number<std::uint32_t>();
  if (!in.ok || count > in.left() / kLeastPart) return std::nullopt;
  body.parts.resize(count);
  for (OutboxPart& part : body.parts) {
    part.number = in.number<std::uint32_t>();
    const auto state = in.number<std::uint8_t>();
    if (state > static_cast<std::uint8_t>(OutboxPart::State::kDead)) return std::nullopt;
    part.state = static_cast<OutboxPart::State>(state);
    part.attempts = in.number<std::uint32_t>();
    part.gave_up.us = in.number<std::int64_t>();
    part.subscription = in.short_text();
    part.reason = in.short_text();
  }
  if (!in.done() || (!body.change.before && !body.change.after)) return std::nullopt;
  return body;
}

}  // namespace tsunagu::broker
