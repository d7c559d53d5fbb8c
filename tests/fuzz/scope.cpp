// scopeQ= and type=.
#include <string_view>

#include "ngsi/query.h"
#include "sample.h"

using namespace tsunagu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto scope = ngsi::parse_scope_q(text)) ngsi::matches(*scope, sample_record());
  if (auto types = ngsi::parse_types(text, *ngsi::core_context())) ngsi::matches(*types, sample_record());
  return 0;
}
