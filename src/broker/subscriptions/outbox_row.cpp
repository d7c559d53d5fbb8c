#include "broker/subscriptions/outbox_row.h"

#include <cstring>

namespace tsunagu::broker {
namespace {

constexpr std::uint8_t kVersion = 1;

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class Length>
void put_text(std::string& out, std::string_view text) {
  if (text.size() > std::numeric_limits<Length>::max()) text = text.substr(0, std::numeric_limits<Length>::max());
  put(out, static_cast<Length>(text.size()));
  out += text;
}

class Reading {
 public:
  explicit Reading(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  T take() {
    T value{};
    if (rest_.size() < sizeof value) {
      fine_ = false;
      rest_ = {};
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  template <class Length>
  std::string_view text() {
    const std::size_t size = take<Length>();
    if (size > rest_.size()) fine_ = false;
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return out;
  }
  bool fine() const { return fine_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool fine_ = true;
};

constexpr std::size_t kLeastPart = 4 + 1 + 4 + 8 + 2 + 2;

}  // namespace

std::string pack_outbox(const OutboxBody& body) {
  std::string out;
  put(out, kVersion);
  put(out, body.change.tenant.value);
  put(out, body.change.at.us);
  for (const ngsi::RecordPtr& record : {body.change.before, body.change.after}) {
    put_text<std::uint32_t>(out, record ? record->bytes() : std::string_view());
  }
  put(out, static_cast<std::uint32_t>(body.parts.size()));
  for (const OutboxPart& part : body.parts) {
    put(out, part.number);
    put(out, static_cast<std::uint8_t>(part.state));
    put(out, part.attempts);
    put(out, part.gave_up.us);
    put_text<std::uint16_t>(out, part.subscription);
    put_text<std::uint16_t>(out, part.reason);
  }
  return out;
}

std::optional<OutboxBody> unpack_outbox(std::string_view bytes) {
  Reading in(bytes);
  if (in.take<std::uint8_t>() != kVersion) return std::nullopt;
  OutboxBody body;
  body.change.tenant.value = in.take<std::uint16_t>();
  body.change.at.us = in.take<std::int64_t>();
  for (ngsi::RecordPtr* record : {&body.change.before, &body.change.after}) {
    const std::string_view packed = in.text<std::uint32_t>();
    if (packed.empty()) continue;
    if (!ngsi::check_record(packed)) return std::nullopt;
    *record = ngsi::RecordPtr::copy(packed);
  }
  const std::size_t count = in.take<std::uint32_t>();
  if (!in.fine() || count > in.left() / kLeastPart) return std::nullopt;
  body.parts.resize(count);
  for (OutboxPart& part : body.parts) {
    part.number = in.take<std::uint32_t>();
    const auto state = in.take<std::uint8_t>();
    if (state > static_cast<std::uint8_t>(OutboxPart::State::kDead)) return std::nullopt;
    part.state = static_cast<OutboxPart::State>(state);
    part.attempts = in.take<std::uint32_t>();
    part.gave_up.us = in.take<std::int64_t>();
    part.subscription = in.text<std::uint16_t>();
    part.reason = in.text<std::uint16_t>();
  }
  if (!in.fine() || !in.at_end() || (!body.change.before && !body.change.after)) return std::nullopt;
  return body;
}

}  // namespace tsunagu::broker
