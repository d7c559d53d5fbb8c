// DMN: a document that is refused, or a model all of whose decisions are evaluated.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/dmn/model.h"

using namespace tsunagu::platform;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const dmn::Source source{"input", {reinterpret_cast<const char*>(data), size}};
  const auto model = dmn::Model::read({&source, 1});
  if (!model) return 0;
  feel::Machine machine(20'000);
  dmn::Evaluation evaluation(**model, machine);
  for (const auto& element : (*model)->elements()) {
    if (element.kind == dmn::Element::Kind::kInput) evaluation.set(element.name, feel::Decimal(3));
    if (element.kind == dmn::Element::Kind::kDecision)
      static_cast<void>(feel::literal(evaluation.decision(element.name)));
    if (element.kind == dmn::Element::Kind::kService) static_cast<void>(evaluation.service(element.name, {}));
  }
  return 0;
}
