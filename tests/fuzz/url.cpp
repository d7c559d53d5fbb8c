// Query strings, percent-encoding, URIs and instants: all read text that a client sends in a URL.
#include "base/url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "base/time.h"
#include "base/uri.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tsunagu;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parameters = parse_query(text)) {
    for (const auto& parameter : *parameters) {
      if (!valid_utf8(parameter.name) || !valid_utf8(parameter.value)) std::abort();
      if (percent_decode(percent_encode(parameter.value)) != parameter.value) std::abort();
    }
  } else if (!valid_utf8(parameters.error().detail)) {
    std::abort();
  }
  if (is_absolute_uri(text) && !is_absolute_iri(text)) std::abort();
  resolve_uri("https://example.org/a/b?c#d", text);
  if (const auto t = parse_instant(text); t && parse_instant(to_string(*t)) != t) std::abort();
  parse_date(text);
  return 0;
}
