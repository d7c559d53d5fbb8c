// Request bodies: any bytes are refused with an error or become an entity that can be packed, changed and written in
// every form.
#include "ngsi/body.h"

#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/record.h"
#include "ngsi/representation.h"

using namespace tsunagu;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void write_all(const ngsi::Record& record) {
  for (auto format : {ngsi::Format::kNormalized, ngsi::Format::kConcise, ngsi::Format::kSimplified}) {
    for (bool geojson : {false, true}) {
      ngsi::Representation how;
      how.format = format;
      how.geojson = geojson;
      how.sys_attrs = !geojson;
      how.lang = geojson ? "ja" : "";
      std::string out, canonical;
      ngsi::append_entity(out, record, *ngsi::core_context(), how);
      must(append_canonical_json(canonical, out, 200));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto body = ngsi::Body::parse(text);
  if (!body) return 0;
  auto context = ngsi::core_context();
  Instant t{1'700'000'000'000'000};
  for (std::size_t i = 0; i < body->size() && i < 4; ++i) {
    body->context_json(i);
    body->id_of(i);
    for (auto rule : {ngsi::BodyRule::kWhole, ngsi::BodyRule::kFragment}) {
      auto entity = body->entity(i, *context, rule);
      if (!entity) continue;
      if (rule == ngsi::BodyRule::kFragment) {
        ngsi::Entity target;
        target.id = "urn:ngsi-ld:T:1";
        target.types = {context->intern("T")};
        ngsi::merge_entity(target, *entity, t);
        ngsi::update_attributes(target, *entity, t);
        ngsi::append_attributes(target, *entity, false, t);
        if (auto packed = ngsi::encode(std::move(target))) write_all(**packed);
        continue;
      }
      ngsi::stamp_new(*entity, t);
      auto packed = ngsi::encode(*entity);
      if (!packed) continue;
      must(ngsi::check_record((*packed)->bytes()));
      auto again = ngsi::encode(ngsi::decode(**packed));
      must(again && (*again)->bytes() == (*packed)->bytes());
      write_all(**packed);
    }
  }
  if (body->is_object()) {
    if (auto fragment = body->attribute(context->intern("a"), *context, ngsi::BodyRule::kFragment)) {
      ngsi::Entity target;
      target.id = "urn:ngsi-ld:T:1";
      target.attributes = std::move(fragment->instances);
      ngsi::stamp_new(target, t);
    }
  }
  return 0;
}
