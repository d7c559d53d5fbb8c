// Decodes JSON elements into entities and attributes. Only for body*.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/body.h"
#include "ngsi/body_json.h"

namespace tsunagu::ngsi {

/// What a body may leave out or ask for.
struct DecodeRules {
  bool whole = false;          ///< id and type must be there
  bool null_instance = false;  ///< an attribute may be Null
  bool null_member = false;    ///< so may unitCode, observedAt …
  bool null_in_value = false;  ///< and names inside compound values
  bool value_optional = false;
  bool evolution = false;   ///< many instances of one attribute
  bool simplified = false;  ///< objects and arrays are values, not attributes
};

/// One decoding. The functions answer false after a fault, which `error` then holds.
class Decoder {
 public:
  Decoder(const Context& context, const DecodeRules& rules, const BodyLimits& limits)
      : context_(context), rules_(rules), limits_(limits) {}

  bool entity(const simdjson::dom::element& element, Entity& out);
  /// One attribute given as a body of its own.
  bool attribute_body(const simdjson::dom::element& element, TermId name, Body::AttributeFragment& out);
  Error take_error() { return std::move(error_); }

 private:
  struct Shape;
  using Element = simdjson::dom::element;

  bool entity_members(const Element& object, Entity& out, bool top);
  bool check_places(const std::vector<Attribute>& attributes);
  bool feature(const Element& object, Entity& out, bool& is_feature);
  bool types(const Element& element, std::vector<TermId>& out);
  bool scopes(const Element& element, Entity& out);
  bool past_scopes(const Element& element, std::vector<ScopesInTime>& out);
  bool scope_list(const Element& element, std::vector<std::string>& out);
  bool check_order(std::vector<Attribute>& attributes);

  bool attribute(std::vector<Attribute>& out, std::string_view key, TermId name, const Element& element);
  bool instance(Attribute& out, const Element& element);
  bool bare(Attribute& out, const Element& element);
  bool simplified(Attribute& out, const Element& element);
  bool simplified_instances(std::vector<Attribute>& out, TermId name, const Element& datasets);
  bool read_shape(const Element& object, Shape& shape);
  bool members(Attribute& out, const Shape& shape);
  bool sub_attributes(Attribute& out, const Shape& shape);
  bool is_attribute_list(const Element& array) const;

  bool value(Attribute& out, const Element& element);
  bool property(Attribute& out, const Element& element);
  bool geometry(Attribute& out, const Element& element);
  bool relationship(Attribute& out, const Element& element);
  bool language_map(Attribute& out, const Element& element);
  bool vocab(Attribute& out, const Element& element);
  bool json(Attribute& out, const Element& element);
  bool value_list(Attribute& out, const Element& element);
  bool object_list(Attribute& out, const Element& element);

  bool text(const Element& element, std::string_view member, std::string& out);
  bool instant(const Element& element, std::string_view member, Instant& out);
  bool uri(const Element& element, std::string_view member, std::string_view& out);
  bool json_text(std::string& out, const Element& element, bool null_allowed);

  bool fault(std::string_view what);
  bool null_fault();
  TermId intern(std::string_view name);

  const Context& context_;
  DecodeRules rules_;
  const BodyLimits& limits_;
  std::vector<std::string_view> path_;  ///< names from the entity down to where we are, for messages
  bool is_body_ = false;                ///< the next object is the body itself: it may have an @context
  std::size_t attributes_ = 0;
  Error error_{ErrorCode::kBadRequestData, {}};
};

}  // namespace tsunagu::ngsi
