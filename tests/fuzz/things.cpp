// Payloads of devices: the first byte chooses the reader.
#include "base/json.h"
#include "sample.h"
#include "things/mapping.h"
#include "things/payload.h"

using namespace tsunagu::things;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Payload payload;
  static const MappingPtr kMapping = *Mapping::read(
      "device=\"/i\"\ntime=\"/t\"\neach=\"/r\"\n[bytes]\nfrom=\"/d\"\nencoding=\"hex\"\n"
      "[[reading]]\nname=\"a\"\nfrom=\"/a/0\"\nscale=0.1\n[[reading]]\nname=\"b\"\nat=1\nas=\"f32le\"\n"
      "[[reading]]\nname=\"c\"\nat=0\nbits=[3,4]\nvalues={\"1\"=\"x\"}\n");
  switch (data[0] % 8) {
    case 0:
      (void)read_json(bytes, {}, payload);
      break;
    case 1:
      (void)read_json(bytes, "a", payload);
      break;
    case 2:
      (void)read_ultralight(bytes, {}, payload);
      break;
    case 3:
      (void)read_lines(bytes, "device", 1'000'000, payload);
      break;
    case 4:
      (void)read_ndjson(bytes, payload);
      break;
    case 5:
      (void)read_chirpstack(bytes, payload);
      break;
    case 6:
      (void)kMapping->apply(bytes, payload);
      break;
    default:
      (void)Mapping::read(bytes);
  }
  // What is kept is JSON, and inside.
  for (const Report& report : payload.reports) {
    if (report.first + report.count > payload.readings.size()) __builtin_trap();
  }
  for (const Reading& reading : payload.readings) {
    std::string json;
    if (!tsunagu::append_canonical_json(json, reading.value)) __builtin_trap();
  }
  return 0;
}
