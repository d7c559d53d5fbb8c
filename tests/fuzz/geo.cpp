// geoQ: "georel\ngeometry\ncoordinates" as a client would send them, and any text as a GeoJSON geometry.
#include <string_view>

#include "base/json.h"
#include "ngsi/body.h"
#include "ngsi/query.h"
#include "sample.h"

using namespace tsunagu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto one = text.find('\n');
  auto two = one == text.npos ? one : text.find('\n', one + 1);
  if (two != text.npos) {
    for (const char* property : {"location", "area"}) {
      auto geo = ngsi::GeoQuery::parse(text.substr(0, one), text.substr(one + 1, two - one - 1), text.substr(two + 1),
                                       ngsi::core_context()->intern(property));
      if (!geo) continue;
      geo->bounds();
      geo->matches(sample_record());
      geo->distance_m(sample_record());
    }
  }
  std::string canonical;
  if (append_canonical_json(canonical, text) && ngsi::check_geometry(canonical)) ngsi::bounding_box(canonical);
  return 0;
}
