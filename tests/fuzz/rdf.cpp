// Catalogues of others: a DCAT document in each form, a page of CKAN. The first byte chooses.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "catalog/harvest/harvest.h"

namespace {

using namespace tsunagu::catalog;

/// What was read can be written.
void take(const Harvested& record) {
  static_cast<void>(to_json(record.dataset));
  for (Distribution each : record.distributions) {
    each.id = distribution_id("name", 1);
    static_cast<void>(to_json(each));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const HarvestHandlers handlers{.record = take, .fault = [](const std::string&, const std::string&) {}};
  if (data[0] % 4 == 3) {
    static_cast<void>(read_ckan_page(text, "https://example.org", handlers));
    return 0;
  }
  const auto graph = read_rdf(static_cast<RdfForm>(data[0] % 4), text, "https://example.org/catalog", {.triples = 10'000});
  if (graph) static_cast<void>(read_dcat(*graph, "https://example.org/catalog", handlers));
  return 0;
}
