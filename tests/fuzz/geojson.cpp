// GeoJSON, JSON, NDJSON and NGSI-LD files through splitter, reader and a mapping. What comes out must be JSON whatever
// goes in, must not depend on how the bytes are cut, and comparing attributes must stand any of them.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "catalog/import/importer.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::catalog;

const Mapping& mapping(int which) {
  const auto make = [](std::string_view format) {
    return *read_mapping("[source]\nformat = \"" + std::string(format) + R"("
[entity]
type = "T"
id = "urn:x:{id}"
[attributes]
text = "a.b"
[attributes.place]
from = "geometry"
kind = "geometry"
[attributes.any]
from = "a"
kind = "json"
[attributes.list]
from = "l"
kind = "number"
)",
                         "fuzz", {});
  };
  static const std::array<Mapping, 4> all{make("geojson"), make("json"), make("ndjson"), mapping_of_entities()};
  return all[static_cast<std::size_t>(which)];
}

std::vector<std::string> import(const Mapping& how, std::string_view bytes, std::size_t chunk) {
  std::vector<std::string> out;
  Importer importer(how, {[&](Entity entity) {
                            out.push_back(to_json(entity));
                            std::string canonical;
                            if (!append_canonical_json(canonical, out.back())) std::abort();
                            for (const auto& [name, json] : entity.attributes) comparable_attribute(json);
                          },
                          [&](const Fault& fault) { out.push_back(to_string(fault)); }, [](const std::string&) {}});
  for (std::size_t at = 0; at < bytes.size(); at += chunk) importer.feed(bytes.substr(at, chunk));
  importer.finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const Mapping& how = mapping(data[0] & 3);
  if (import(how, bytes, bytes.size()) != import(how, bytes, 1 + data[0] / 4)) std::abort();
  return 0;
}
