// Bytes read from a file: check_record tells whether they are a record, and what it accepts can be read without harm.
#include "ngsi/record.h"

#include <cstdlib>
#include <string_view>

#include "ngsi/context.h"
#include "ngsi/representation.h"

using namespace tsunagu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!ngsi::check_record(bytes)) return 0;
  auto record = ngsi::RecordPtr::copy(bytes);
  auto again = ngsi::encode(ngsi::decode(*record));
  if (!again) std::abort();
  return 0;
}
