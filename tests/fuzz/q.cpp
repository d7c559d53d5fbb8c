// q=, orderBy=, pick=: refused, or evaluated on an entity with every kind of attribute.
#include <string_view>

#include "ngsi/query.h"
#include "sample.h"

using namespace tsunagu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto context = ngsi::core_context();
  const auto& record = sample_record();
  if (auto q = ngsi::parse_q(text, *context)) ngsi::matches(*q, record, nullptr);
  if (auto order = ngsi::parse_order_by(text, *context)) {
    ngsi::Selection selection;
    selection.order = std::move(*order);
    ngsi::order_key(selection, record, nullptr);
  }
  if (auto projection = ngsi::parse_projection(text, *context)) {
    ngsi::Representation how;
    how.pick = *projection;
    std::string out;
    ngsi::append_entity(out, record, *context, how);
    how.omit = std::move(how.pick);
    how.pick.clear();
    ngsi::append_entity(out, record, *context, how);
  }
  return 0;
}
