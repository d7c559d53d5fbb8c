#include "trust/policy/attributes.h"

#include <algorithm>

#include "base/json.h"
#include "base/json_object.h"
#include "ngsi/change.h"

namespace tsunagu::trust {
namespace {

ngsi::Attribute with_value(ngsi::TermId name, ngsi::AttrKind kind, std::string value) {
  ngsi::Attribute out;
  out.name = name;
  out.kind = kind;
  out.value = std::move(value);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

ngsi::Attribute text_attribute(ngsi::TermId name, std::string_view text) {
  return with_value(name, ngsi::AttrKind::kProperty, quoted(text));
}

ngsi::Attribute texts_attribute(ngsi::TermId name, const std::vector<std::string>& texts) {
  std::string value;
  append_json_texts(value, texts);
  return with_value(name, ngsi::AttrKind::kProperty, std::move(value));
}

ngsi::Attribute instant_attribute(ngsi::TermId name, Instant instant) {
  return with_value(name, ngsi::AttrKind::kProperty,
                    "{\"@type\":\"DateTime\",\"@value\":" + quoted(to_string(instant)) + "}");
}

ngsi::Attribute link_attribute(ngsi::TermId name, std::string_view uri) {
  return with_value(name, ngsi::AttrKind::kRelationship, quoted(uri));
}

Result<store::Decision> changed(const ngsi::Record* current, const std::string& id, ngsi::TermId type,
                                std::vector<ngsi::Attribute> attributes, const std::vector<ngsi::TermId>& remove,
                                Instant now) {
  ngsi::Entity entity;
  ngsi::Entity fragment;
  fragment.attributes = std::move(attributes);
  fragment.sort_attributes();
  if (current == nullptr) {
    entity = std::move(fragment);
    entity.id = id;
    entity.types = {type};
    ngsi::stamp_new(entity, now);
  } else {
    entity = ngsi::decode(*current);
    std::erase_if(entity.attributes, [&](const ngsi::Attribute& each) {
      return std::find(remove.begin(), remove.end(), each.name) != remove.end();
    });
    ngsi::append_attributes(entity, std::move(fragment), false, now);
    entity.modified_at = now;
  }
  auto record = ngsi::encode(std::move(entity));
  if (!record) return tl::unexpected(record.error());
  return store::Put{std::move(*record)};
}

}  // namespace tsunagu::trust
