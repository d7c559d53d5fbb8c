// Entities as clients send them, with a @context as clients send one: what is written of them in the normalized and the
// concise form reads back as the same entity, and every other form is JSON.
#include "ngsi/representation.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "ngsi/body.h"

using namespace tsunagu;

namespace {

struct Itself : ngsi::Linked {
  ngsi::RecordPtr record;
  ngsi::RecordPtr find(std::string_view) const override { return record; }
};

ngsi::RecordPtr read(std::string_view text, const ngsi::Context& context) {
  auto body = ngsi::Body::parse(text);
  if (!body || !body->is_object()) return nullptr;
  auto entity = body->entity(0, context, ngsi::BodyRule::kWhole);
  if (!entity) return nullptr;
  auto record = ngsi::encode(*entity);
  return record ? *record : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto body = ngsi::Body::parse(text);
  if (!body || !body->is_object()) return 0;
  std::vector<std::string> missing;
  auto compiled = ngsi::compile_context(
      body->context_json(), [](std::string_view) { return nullptr; }, missing);
  const ngsi::ContextPtr context = compiled ? *compiled : ngsi::core_context();
  Itself linked;
  linked.record = read(text, *context);
  if (!linked.record) return 0;

  for (const auto format : {ngsi::Format::kNormalized, ngsi::Format::kConcise}) {
    ngsi::Representation how;
    how.format = format;
    how.sys_attrs = true;  // expiresAt; the record has no other times
    std::string out;
    ngsi::append_entity(out, *linked.record, *context, how);
    const ngsi::RecordPtr again = read(out, *context);
    if (!again || again->bytes() != linked.record->bytes()) std::abort();
  }
  for (const auto format : {ngsi::Format::kNormalized, ngsi::Format::kConcise, ngsi::Format::kSimplified}) {
    for (const bool geojson : {false, true}) {
      ngsi::Representation how;
      how.format = format;
      how.geojson = geojson;
      how.sys_attrs = true;
      how.lang = "ja,en;q=0.5";
      how.join = ngsi::Representation::Join::kInline;
      how.body_context = context->as_json();
      std::string out, canonical;
      ngsi::append_entity(out, *linked.record, *context, how, &linked);
      if (!append_canonical_json(canonical, out, 300)) std::abort();
    }
  }
  return 0;
}
