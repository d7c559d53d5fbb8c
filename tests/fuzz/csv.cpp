// CSV files in any encoding, through decoder, reader and a mapping. What comes out must be JSON whatever goes in, and
// must not depend on how the bytes are cut.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "catalog/import/importer.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::catalog;

const Mapping& mapping(bool by_cells) {
  const auto make = [](std::string_view source) {
    return *read_mapping(std::string(source) + R"(
[entity]
type = "T"
id = "urn:x:{id}"
[attributes]
text = "{a|nfkc|spaces}"
[attributes.number]
from = "a"
kind = "number"
[attributes.day]
from = "b"
kind = "date"
format = ["%Y年%m月%d日 %H:%M", "%j.%m.%d", "iso"]
[attributes.place]
kind = "point"
lat = "{b|part:1}"
lng = "{b|part:2}"
)",
                         "fuzz", {});
  };
  static const Mapping first = make("[source]\n"),
                       cells = make("[source]\nheader = [\"id\", \"a\"]\ncomment = \"#\"\nragged = true\n");
  return by_cells ? cells : first;
}

std::vector<std::string> import(const Mapping& how, std::string_view bytes, std::size_t chunk) {
  std::vector<std::string> out;
  Importer importer(how, {[&](Entity entity) {
                            out.push_back(to_json(entity));
                            std::string canonical;
                            if (!append_canonical_json(canonical, out.back()) || canonical != out.back()) std::abort();
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
  const Mapping& how = mapping((data[0] & 1) != 0);
  if (import(how, bytes, bytes.size()) != import(how, bytes, 1 + data[0] / 2)) std::abort();
  return 0;
}
