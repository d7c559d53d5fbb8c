// One row of the outbox: a change of an entity, packed once, and who is to be told of it. Only this program reads it,
// across its versions. Bytes, little endian: u8 version 1 · u16 tenant · i64 instant of the change · u32 length +
// record before · u32 length + record after (0: none) · u32 count of parts, each: u32 number · u8 state · u32 attempts
// · i64 given up at · u16 length + subscription id · u16 length + reason.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace tsunagu::broker {

struct OutboxPart {
  enum class State : std::uint8_t { kDue = 0, kDead = 1 };
  std::uint32_t number = 0;
  State state = State::kDue;
  std::uint32_t attempts = 0;
  Instant gave_up;
  std::string subscription;
  std::string reason;
};
struct OutboxBody {
  store::EntityChange change;
  std::vector<OutboxPart> parts;
};

std::string pack_outbox(const OutboxBody& body);
/// Empty when the bytes are none of ours or damaged.
std::optional<OutboxBody> unpack_outbox(std::string_view bytes);

}  // namespace tsunagu::broker
