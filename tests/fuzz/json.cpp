// Canonical JSON: what is accepted is stable and reads back, whatever the bytes.
#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string once;
  if (tsunagu::append_canonical_json(once, text)) {
    std::string twice;
    if (!tsunagu::append_canonical_json(twice, once) || once != twice) std::abort();
  }
  if (tsunagu::valid_utf8(text)) {
    std::string quoted;
    tsunagu::append_json_string(quoted, text);
    std::string canonical;
    if (!tsunagu::append_canonical_json(canonical, quoted) || canonical != quoted) std::abort();
    if (tsunagu::json_string_text(quoted) != text) std::abort();
  }
  tsunagu::json_string_text(text);
  return 0;
}
