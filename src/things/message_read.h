// Which reader a message is for.
#pragma once
#include "things/intake.h"

namespace tsunagu::things {

/// Reads `message.bytes` by its format, or by the mapping of its device's model. The views in `payload` need it and the
/// message. InvalidRequest.
Result<void> read_message(const Registry& registry, const Message& message, Payload& payload);

}  // namespace tsunagu::things
