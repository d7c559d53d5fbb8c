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
/// and how commands become the bytes of a LoRaWAN downlink:
///   [[command]]
///   name = "report"
///   port = 10
///   confirmed = true                the device says that it has it
///   bytes = "01 0000"               what stands in all of them (hexadecimal)
///   [[command.field]]
///   from = "/minutes"               a pointer into the command's value; without it: the value itself
///   at = 1
///   as = "u16be"                    and scale, offset, bits, values as above, the other way round
class Mapping {
 public:
  /// BadRequestData: "mapping:LINE: reason".
  static Result<std::shared_ptr<const Mapping>> read(std::string_view toml);
  /// Adds the readings of `bytes` to `out`, whose views then need `out` only. What is missing in the payload is left
  /// out; what cannot be read is a fault. InvalidRequest when nothing can be made of the bytes. Nothing throws.
  Result<void> apply(std::string_view bytes, Payload& out) const;
  bool has_readings() const { return !items_.empty(); }

  struct Downlink {
    std::uint8_t port = 1;  ///< LoRaWAN's fPort, 1 … 223
    bool confirmed = true;
    std::string bytes;
  };
  bool knows_command(std::string_view name) const { return command(name) != nullptr; }
  bool confirms(std::string_view name) const { return !knows_command(name) || command(name)->frame.confirmed; }
  /// The downlink of a command with this value (canonical JSON). BadRequestData: there is no such command, or a field
  /// cannot be made of the value.
  Result<Downlink> downlink(std::string_view name, std::string_view value) const;

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
  struct Order {
    std::string name;
    Downlink frame;  ///< as it is before the fields are put in
    std::vector<Item> fields;
  };
  struct Reader;
  struct Text;  ///< reads the parts of the TOML
  const Order* command(std::string_view name) const;
  static bool put(const Item& field, double raw, std::string& bytes);
  static std::size_t size_of(Form form) {
    constexpr std::size_t kSizes[]{0, 1, 1, 2, 2, 3, 4, 4, 4};
    return kSizes[static_cast<std::size_t>(form)];
  }

  std::string device_, time_, each_, bytes_from_;
  bool hex_ = false, needs_json_ = false, needs_bytes_ = false;
  std::vector<Item> items_;
  std::vector<Order> commands_;
};
using MappingPtr = std::shared_ptr<const Mapping>;

}  // namespace tsunagu::things
