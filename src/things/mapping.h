// How payloads of any form are read: said in TOML, not in code (docs/things.md, "Mappings").
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "things/observation.h"

namespace tsunagu::things {

/// Immutable; thread-safe.
///   device = "/deviceInfo/devEui"   JSON pointers (RFC 6901) into the payload
///   time = "/time"
///   each = "/readings"              a list; the pointers of readings are those of an element
///   [bytes]                         for readings with `at`: where the bytes are
///   from = "/data"                  without it: the payload itself
///   encoding = "base64"             or "hex"
///   [[reading]]
///   name = "temperature"
///   from = "/object/temp"           or: at = 0, as = "i16be"
///   scale = 0.1
///   offset = -40
///   bits = [4, 2]                   of an integer: two bits from bit 4 on (0 is the lowest)
///   values = { "0" = "closed", "1" = "open" }
///   skip = -32768                   means: nothing was measured
class Mapping {
 public:
  /// BadRequestData: "mapping:LINE: reason".
  static Result<std::shared_ptr<const Mapping>> read(std::string_view toml);
  /// Adds the readings of `bytes` to `out`, whose views then need `out` only. What is missing in the payload is left
  /// out; what cannot be read is a fault. InvalidRequest when nothing can be made of the bytes. Nothing throws.
  Result<void> apply(std::string_view bytes, Payload& out) const;

 private:
  enum class Form : std::uint8_t { kJson, kU8, kI8, kU16, kI16, kU24, kU32, kI32, kF32 };
  struct Item {
    std::string name, from;
    Form form = Form::kJson;
    bool big = true;  ///< endian
    std::size_t at = 0;
    double scale = 1, offset = 0;
    bool corrected = false;
    std::uint32_t first_bit = 0, bits = 0;
    std::vector<std::pair<std::string, std::string>> values;  ///< texts → JSON
    std::vector<double> skip;
  };
  struct Reader;

  std::string device_, time_, each_, bytes_from_;
  bool hex_ = false, needs_json_ = false, needs_bytes_ = false;
  std::vector<Item> items_;
};
using MappingPtr = std::shared_ptr<const Mapping>;

}  // namespace tsunagu::things
