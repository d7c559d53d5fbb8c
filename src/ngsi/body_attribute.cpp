// The frame of attributes: which members there are and which form the client chose (clauses 4.5.2–4.5.5).
#include <simdjson.h>

#include <array>
#include <bit>
#include <utility>

#include "base/uri.h"
#include "ngsi/body_decode.h"
#include "ngsi/core_context.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

constexpr std::uint32_t kValueBits = (1u << kValueMembers) - 1;
constexpr std::uint32_t kMetadataBits = bit(Member::kDatasetId) | bit(Member::kObservedAt) | bit(Member::kExpiresAt) |
                                        bit(Member::kUnitCode) | bit(Member::kValueType) | bit(Member::kObjectType);

// A GeoJSON geometry by its looks: a geometry type with coordinates. Whether they are right is another matter.
bool looks_like_geometry(const dom::element& element) {
  dom::object object;
  if (element.get_object().get(object)) return false;
  bool type = false, shape = false;
  for (auto [key, value] : object) {
    std::string_view text;
    if (key == "type") type = !value.get_string().get(text) && is_geometry_name(text);
    if (key == "coordinates" || key == "geometries") shape = true;
  }
  return type && shape;
}

// An object that says of itself that it is an attribute.
bool has_attribute_type(const dom::element& element) {
  dom::object object;
  std::string_view type;
  if (element.get_object().get(object)) return false;
  if (object.at_key("type").get_string().get(type) && object.at_key("@type").get_string().get(type)) return false;
  return attribute_kind(type).has_value();
}

}  // namespace

struct Decoder::Shape {
  std::array<Element, kMemberCount> at;
  std::uint32_t seen = 0;
  std::vector<std::pair<std::string_view, Element>> others;  // names of the user

  bool has(Member m) const { return (seen & bit(m)) != 0; }
  const Element& operator[](Member m) const { return at[static_cast<std::size_t>(m)]; }
};

bool Decoder::is_attribute_list(const Element& element) const {
  dom::array array;
  if (element.get_array().get(array)) return false;
  bool any = false;
  for (dom::element item : array) {
    dom::object object;
    if (item.get_object().get(object)) continue;
    bool attribute_like = has_attribute_type(item);
    bool foreign_type = false;
    for (auto [key, value] : object) {
      const Member member = core_member(key);
      if (member == Member::kType) foreign_type = true;
      if (member == Member::kDatasetId) attribute_like = true;
    }
    if (!attribute_like && !foreign_type)
      for (auto [key, value] : object)
        if (static_cast<std::size_t>(core_member(key)) < kValueMembers) attribute_like = true;
    any = any || attribute_like;
  }
  return any;
}

bool Decoder::attribute(std::vector<Attribute>& out, std::string_view key, TermId name, const Element& element) {
  path_.push_back(key);
  const auto one = [&](const Element& e) {
    if (++attributes_ > limits_.max_attributes)
      return fault("the entity has more than " + std::to_string(limits_.max_attributes) + " attribute instances");
    out.emplace_back().name = name;
    return instance(out.back(), e);
  };
  if (!rules_.simplified && is_attribute_list(element)) {
    for (dom::element item : array_of(element)) {
      if (!item.is_object()) return fault("each instance in the array must be an object");
      if (!one(item)) return false;
    }
  } else {
    dom::object object;
    dom::element datasets;
    if (!element.get_object().get(object) && object.size() == 1 && !object.at_key("dataset").get(datasets)) {
      if (!simplified_instances(out, name, datasets)) return false;
    } else if (!one(element)) {
      return false;
    }
  }
  path_.pop_back();
  return true;
}

// {"dataset": {"@none": value, "<datasetId>": value}}, the simplified form of several instances (clause 4.5.4).
bool Decoder::simplified_instances(std::vector<Attribute>& out, TermId name, const Element& datasets) {
  dom::object object;
  if (datasets.get_object().get(object) || object.size() == 0)
    return fault("\"dataset\" must be an object with one value for each datasetId");
  for (auto [key, value] : object) {
    if (key != "@none" && !is_absolute_iri(key))
      return fault("the datasetId " + in_quotes(key) + " must be a URI or \"@none\"");
    if (++attributes_ > limits_.max_attributes) return fault("there are too many instances");
    Attribute& a = out.emplace_back();
    a.name = name;
    if (key != "@none") a.dataset_id = key;
    if (!instance(a, value)) return false;
  }
  return true;
}

bool Decoder::read_shape(const Element& element, Shape& shape) {
  for (auto [key, value] : object_of(element)) {
    const Member member = core_member(key);
    switch (member) {
      case Member::kTime:
      case Member::kOutput:
        continue;
      case Member::kNone:
      case Member::kSealed:
      case Member::kId:
      case Member::kScope:
      case Member::kDataset:
      case Member::kKeyword:
        shape.others.emplace_back(key, value);
        continue;
      default:
        if (shape.has(member)) return fault("the member " + in_quotes(key) + " is given twice");
        shape.seen |= bit(member);
        shape.at[static_cast<std::size_t>(member)] = value;
    }
  }
  return true;
}

// Clause 4.5.2.3 and its like for the other kinds: which kind of attribute, in which form?
bool Decoder::instance(Attribute& out, const Element& element) {
  if (rules_.simplified) return simplified(out, element);
  if (!element.is_object()) return bare(out, element);
  const bool is_body = std::exchange(is_body_, false);
  Shape shape;
  if (!read_shape(element, shape)) return false;
  const bool own_context = is_body && shape.has(Member::kContext);
  if (own_context) shape.seen &= ~bit(Member::kContext);
  if (shape.has(Member::kTypedValue)) return bare(out, element);

  const std::uint32_t values = shape.seen & kValueBits;
  const auto first = static_cast<Member>(std::countr_zero(values));
  if (shape.has(Member::kType)) {
    std::string_view type;
    if (shape[Member::kType].get_string().get(type))
      return fault("its \"type\" must be one name, such as \"Property\"");
    const auto kind = attribute_kind(type);
    if (!kind) {
      if (looks_like_geometry(element)) return bare(out, element);
      if (type == kNullText) return fault("the \"type\" of an attribute cannot be deleted");
      return fault("unknown attribute type " + in_quotes(type) +
                   " (to store an object that has a member \"type\", write {\"type\":\"Property\",\"value\":{…}})");
    }
    out.kind = *kind;
  }
  if (std::popcount(values) > 1)
    return fault(
        "more than one of \"value\", \"object\", \"languageMap\", \"vocab\", \"json\", \"valueList\", \"objectList\"");
  if (shape.has(Member::kType)) {
    const bool geo = out.kind == AttrKind::kGeoProperty;
    if (values != 0 && kind_of(first) != (geo ? AttrKind::kProperty : out.kind))
      return fault("a " + std::string(kind_name(out.kind)) + " has its content in " +
                   in_quotes(value_member(out.kind)) + ", not in " + in_quotes(value_member(kind_of(first))));
    if (values == 0 && !rules_.value_optional)
      return fault("a " + std::string(kind_name(out.kind)) + " needs " + in_quotes(value_member(out.kind)));
  } else if (values != 0) {
    out.kind = kind_of(first);
    if (first == Member::kValue && looks_like_geometry(shape[first])) out.kind = AttrKind::kGeoProperty;
  } else {
    bool attribute_like = (shape.seen & kMetadataBits) != 0;
    if (rules_.value_optional)
      for (const auto& [key, value] : shape.others) attribute_like = attribute_like || has_attribute_type(value);
    if (!attribute_like && own_context)
      return fault("it has no value: one of \"value\", \"object\", \"languageMap\" … is needed");
    if (!attribute_like) return bare(out, element);
    if (!rules_.value_optional)
      return fault("it has no value: one of \"value\", \"object\", \"languageMap\" … is needed");
    out.kind = kNoKind;
  }
  if (values != 0 && !value(out, shape[first])) return false;
  return members(out, shape) && sub_attributes(out, shape);
}

bool Decoder::bare(Attribute& out, const Element& element) {
  if (rules_.evolution && is_null(element)) return null_fault();
  out.bare = true;
  out.kind = looks_like_geometry(element) ? AttrKind::kGeoProperty : AttrKind::kProperty;
  return value(out, element);
}

bool Decoder::simplified(Attribute& out, const Element& element) {
  dom::object object;
  if (!element.get_object().get(object) && object.size() == 1) {
    const auto [key, content] = *object.begin();
    const Member member = core_member(key);
    if (static_cast<std::size_t>(member) < kValueMembers && member != Member::kValue && member != Member::kObject) {
      out.bare = true;
      out.kind = kind_of(member);
      return value(out, content);
    }
  }
  return bare(out, element);
}

bool Decoder::members(Attribute& out, const Shape& shape) {
  const std::string kind(kind_name(out.kind));
  if (shape.has(Member::kContext)) return fault("\"@context\" may only stand at the top of the body");
  if (shape.has(Member::kDatasetId)) {
    std::string_view dataset;
    if (is_null(shape[Member::kDatasetId])) return fault("\"datasetId\" cannot be deleted");
    if (shape[Member::kDatasetId].get_string().get(dataset) || dataset != "@none") {
      if (!uri(shape[Member::kDatasetId], "its \"datasetId\"", dataset)) return false;
      out.dataset_id = dataset;
    }
  }
  if (shape.has(Member::kObservedAt) && !instant(shape[Member::kObservedAt], "\"observedAt\"", out.observed_at))
    return false;
  if (shape.has(Member::kExpiresAt) && !instant(shape[Member::kExpiresAt], "\"expiresAt\"", out.expires_at))
    return false;

  const bool listed = out.kind == AttrKind::kProperty || out.kind == AttrKind::kListProperty || out.kind == kNoKind;
  if (shape.has(Member::kUnitCode)) {
    if (!listed) return fault("a " + kind + " cannot have a \"unitCode\"");
    if (!text(shape[Member::kUnitCode], "\"unitCode\"", out.unit_code)) return false;
  }
  if (shape.has(Member::kValueType)) {
    if (!listed) return fault("a " + kind + " cannot have a \"valueType\"");
    if (!text(shape[Member::kValueType], "\"valueType\"", out.value_type)) return false;
    if (out.value_type != Attribute::kNullMark) out.value_type = context_.expand(out.value_type);
  }
  if (shape.has(Member::kObjectType)) {
    const bool linking =
        out.kind == AttrKind::kRelationship || out.kind == AttrKind::kListRelationship || out.kind == kNoKind;
    if (!linking) return fault("a " + kind + " cannot have an \"objectType\"");
    const Element& types_element = shape[Member::kObjectType];
    if (is_null(types_element)) {
      if (!rules_.null_member) return null_fault();
      out.object_types = {kNoTerm};
    } else if (!types(types_element, out.object_types)) {
      return fault("\"objectType\" must be a type name or an array of type names");
    }
  }
  return true;
}

bool Decoder::sub_attributes(Attribute& out, const Shape& shape) {
  out.subs.reserve(shape.others.size());
  for (const auto& [key, value] : shape.others) {
    const Member member = core_member(key);
    if (member == Member::kSealed) {
      if (terms().text(out.name) != "https://uri.etsi.org/ngsi-ld/ngsildproof")
        return fault(in_quotes(key) + " belongs into \"ngsildproof\" only");
    } else if (member != Member::kNone) {
      return fault("the name " + in_quotes(key) + " is reserved and cannot be a sub-attribute");
    } else if (!valid_name(key)) {
      return fault("the sub-attribute name " + in_quotes(key) +
                   " is not allowed: use a letter followed by letters, digits and '_', or a URI");
    }
    // No @context but that of the proof itself knows the sealed members, so that theirs are these IRIs.
    const auto sealed = [&key] { return std::string(kNgsiLd).append(key.substr(key.find_last_of(":/") + 1)); };
    const TermId name = member == Member::kSealed ? intern(sealed()) : intern(key);
    if (name == kNoTerm) return error_ = {ErrorCode::kStorageFull, "The broker holds too many different names"}, false;
    if (!attribute(out.subs, key, name, value)) return false;
  }
  return true;
}

// ---- an attribute as the whole body

bool Decoder::attribute_body(const Element& element, TermId name, Body::AttributeFragment& out) {
  path_.push_back(context_.compact(name));
  dom::array array;
  std::vector<Element> items;
  if (element.get_array().get(array)) {
    items.push_back(element);
  } else {
    for (dom::element item : array) items.push_back(item);
    if (items.empty()) return fault("the array holds no instance");
  }
  out.instances.reserve(items.size());
  for (const Element& item : items) {
    if (!item.is_object()) return fault("the body must be a JSON object with the members of the attribute");
    if (++attributes_ > limits_.max_attributes) return fault("there are too many instances");
    Attribute& a = out.instances.emplace_back();
    a.name = name;
    Shape shape;
    if (!read_shape(item, shape)) return false;
    out.kind_given = out.kind_given || has_attribute_type(item);
    const bool no_frame = (shape.seen & (kValueBits | bit(Member::kType) | bit(Member::kTypedValue))) == 0;
    if (no_frame && rules_.value_optional) {
      shape.seen &= ~bit(Member::kContext);
      a.kind = kNoKind;
      if (!members(a, shape) || !sub_attributes(a, shape)) return false;
    } else {
      is_body_ = true;
      if (!instance(a, item)) return false;
    }
  }
  path_.clear();
  Entity sorted;
  sorted.attributes = std::move(out.instances);
  sorted.sort_attributes();
  out.instances = std::move(sorted.attributes);
  return check_order(out.instances) && check_places(out.instances);
}

}  // namespace tsunagu::ngsi
