// Entities and the frame of attributes: which members there are and which form the client chose
// (clauses 4.5.1–4.5.5, 4.5.16, 4.18).
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/uri.h"
#include "ngsi/body_decode.h"
#include "ngsi/core_context.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

constexpr std::uint32_t bit(Member m) {
  return 1u << static_cast<unsigned>(m);
}
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

bool valid_scope_level(std::string_view level) {
  if (level.empty()) return false;
  for (char ch : level) {
    const auto c = static_cast<unsigned char>(ch);
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
    if (!word && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

struct Decoder::Shape {
  std::array<Element, kMemberCount> at;
  std::uint32_t seen = 0;
  std::vector<std::pair<std::string_view, Element>> others;  // names of the user

  bool has(Member m) const { return (seen & bit(m)) != 0; }
  const Element& operator[](Member m) const { return at[static_cast<std::size_t>(m)]; }
};

bool Decoder::fault(std::string_view what) {
  error_.code = ErrorCode::kBadRequestData;
  error_.detail.clear();
  if (!path_.empty()) {
    std::string path;
    for (std::string_view name : path_) {
      if (!path.empty()) path += '.';
      path += name;
    }
    error_.detail = "Attribute " + in_quotes(path) + ": ";
  }
  error_.detail += what;
  return false;
}

bool Decoder::null_fault() {
  return fault("the NGSI-LD Null \"urn:ngsi-ld:null\" asks for a deletion, which is not possible here");
}

TermId Decoder::intern(std::string_view name) {
  return context_.intern(name);
}

// ---- entity

bool Decoder::entity(const Element& element, Entity& out) {
  if (!element.is_object()) return fault("An entity must be a JSON object");
  bool is_feature = false;
  if (!feature(element, out, is_feature)) return false;
  if (!is_feature && !entity_members(element, out, true)) return false;
  if (rules_.whole && out.id.empty()) return fault("The entity needs an \"id\" (a URI)");
  if (rules_.whole && out.types.empty()) return fault("The entity needs a \"type\"");
  out.sort_attributes();
  return check_order(out.attributes) && check_places(out.attributes);
}

// The places of clause 4.7.1 are GeoProperties, whatever name the client has for them.
bool Decoder::check_places(const std::vector<Attribute>& attributes) {
  for (const Attribute& a : attributes) {
    if (a.kind == AttrKind::kGeoProperty || a.kind == kNoKind || a.is_null()) continue;
    std::string_view name = terms().text(a.name);
    if (!name.starts_with(kNgsiLd)) continue;
    name.remove_prefix(kNgsiLd.size());
    if (name == "location" || name == "observationSpace" || name == "operationSpace")
      return fault("Attribute " + in_quotes(name) + " must be a GeoProperty (a GeoJSON geometry)");
  }
  return true;
}

bool Decoder::entity_members(const Element& element, Entity& out, bool top) {
  const dom::object object = object_of(element);
  out.attributes.reserve(object.size());
  std::uint32_t seen = 0;
  for (auto [key, value] : object) {
    const Member member = core_member(key);
    if (member == Member::kNone) {
      if (!valid_name(key))
        return fault("The attribute name " + in_quotes(key) +
                     " is not allowed: use a letter followed by letters, digits and '_', or a URI");
      const TermId name = intern(key);
      if (name == kNoTerm)
        return error_ = {ErrorCode::kStorageFull, "The broker holds too many different names"}, false;
      if (!attribute(out.attributes, key, name, value)) return false;
      continue;
    }
    if (member == Member::kTime) continue;
    if ((seen & bit(member)) != 0) return fault("The member " + in_quotes(key) + " is given twice");
    seen |= bit(member);
    switch (member) {
      case Member::kId: {
        std::string_view id;
        if (!uri(value, "The entity's \"id\"", id)) return false;
        out.id = id;
        break;
      }
      case Member::kType:
        if (!types(value, out.types)) return false;
        break;
      case Member::kContext:
        if (!top) return fault("\"@context\" may only stand at the top of the body");
        break;
      case Member::kScope:
        if (!scopes(value, out)) return false;
        break;
      case Member::kExpiresAt:
        if (!instant(value, "\"expiresAt\"", out.expires_at)) return false;
        if (out.expires_at == kNullInstant) {
          out.expires_at = kNoInstant;
          out.expires_null = true;
        }
        break;
      case Member::kKeyword:
        return fault("The member " + in_quotes(key) + " is not known; names with '@' belong to JSON-LD");
      default:
        return fault("The name " + in_quotes(key) + " is reserved by NGSI-LD and cannot be an attribute of an entity");
    }
  }
  return true;
}

// A GeoJSON Feature (clause 4.5.16): the entity is in "properties", its location also in "geometry".
bool Decoder::feature(const Element& element, Entity& out, bool& is_feature) {
  dom::object object = object_of(element), inner;
  std::string_view type;
  dom::element properties, geometry, id;
  if (object.at_key("type").get_string().get(type) || type != "Feature") return true;
  if (object.at_key("properties").get(properties) || properties.get_object().get(inner)) return true;
  is_feature = true;
  if (!object.at_key("id").get(id)) {
    std::string_view text;
    if (!uri(id, "The Feature's \"id\"", text)) return false;
    out.id = text;
  }
  const std::string feature_id = out.id;
  if (!entity_members(properties, out, false)) return false;
  if (!feature_id.empty() && out.id != feature_id)
    return fault("The Feature's \"id\" differs from the one in \"properties\"");
  if (object.at_key("geometry").get(geometry) || geometry.is_null()) return true;
  const TermId location = intern("location");
  for (const Attribute& a : out.attributes)
    if (a.name == location) return true;
  return attribute(out.attributes, "location", location, geometry);
}

bool Decoder::types(const Element& element, std::vector<TermId>& out) {
  const auto add = [&](const Element& e) {
    std::string_view name;
    if (e.get_string().get(name)) return fault("The entity's \"type\" must be a name or an array of names");
    if (name == kNullText) return fault("An entity's \"type\" cannot be deleted");
    if (!valid_name(name))
      return fault("The type name " + in_quotes(name) +
                   " is not allowed: use a letter followed by letters, digits and '_', or a URI");
    const TermId type = intern(name);
    if (type == kNoTerm) return error_ = {ErrorCode::kStorageFull, "The broker holds too many different names"}, false;
    if (std::find(out.begin(), out.end(), type) == out.end()) out.push_back(type);
    return true;
  };
  dom::array list;
  if (element.get_array().get(list)) return add(element);
  for (dom::element e : list)
    if (!add(e)) return false;
  return !out.empty() || fault("The entity's \"type\" must name at least one type");
}

bool Decoder::scopes(const Element& element, Entity& out) {
  const auto add = [&](const Element& e) {
    std::string_view text;
    if (e.get_string().get(text))
      return fault("\"scope\" must be a text like \"/hokkaido/sapporo\" or an array of such texts");
    std::string scope(text.starts_with('/') ? text : "/" + std::string(text));
    for (std::string_view rest = scope; !rest.empty();) {
      rest.remove_prefix(1);
      const std::size_t end = std::min(rest.find('/'), rest.size());
      if (!valid_scope_level(rest.substr(0, end)))
        return fault("The scope " + in_quotes(text) +
                     " is not allowed: write levels of letters and digits, as in \"/hokkaido/sapporo\"");
      rest.remove_prefix(end);
    }
    if (std::find(out.scopes.begin(), out.scopes.end(), scope) == out.scopes.end())
      out.scopes.push_back(std::move(scope));
    return true;
  };
  out.has_scope = true;
  if (is_null(element)) {
    if (!rules_.null_instance) return fault("\"scope\" cannot be deleted by this operation");
    return out.scope_null = true;
  }
  dom::array list;
  if (element.get_array().get(list)) return add(element);
  for (dom::element e : list)
    if (!add(e)) return false;
  return !out.scopes.empty() || fault("\"scope\" must name at least one scope");
}

// The instances are sorted: those of one attribute with the same datasetId are neighbours.
bool Decoder::check_order(std::vector<Attribute>& attributes) {
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const Attribute& a = attributes[i];
    path_.push_back(context_.compact(a.name));
    if (i > 0 && attributes[i - 1].name == a.name && attributes[i - 1].dataset_id == a.dataset_id)
      return fault(a.dataset_id.empty()
                       ? "only one instance may be without \"datasetId\" (to store an array, write {\"value\": […]})"
                       : "two instances have the datasetId " + in_quotes(a.dataset_id));
    if (!check_order(attributes[i].subs)) return false;
    path_.pop_back();
  }
  return true;
}

// ---- attribute

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
  if (is_attribute_list(element)) {
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
  out.bare = true;
  out.kind = looks_like_geometry(element) ? AttrKind::kGeoProperty : AttrKind::kProperty;
  return value(out, element);
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
