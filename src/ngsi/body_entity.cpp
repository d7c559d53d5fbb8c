// Entities: their own members, GeoJSON Features (clauses 4.5.1, 4.5.16, 4.18).
#include <simdjson.h>

#include <algorithm>

#include "ngsi/body_decode.h"
#include "ngsi/core_context.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

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

// The scope in a temporal evolution (clause 4.5.6): {"type":"Property","value":…,"observedAt":…} or an array of them;
// as elsewhere, it holds from the write on.
bool Decoder::past_scopes(const Element& element, std::vector<ScopesInTime>& out) {
  std::vector<Element> instances;
  dom::array list;
  const bool several = !element.get_array().get(list) && list.size() > 0 && list.at(0).is_object();
  if (several) {
    for (dom::element e : list) instances.push_back(e);
  } else {
    instances.push_back(element);
  }
  for (const Element& e : instances) {
    ScopesInTime& made = out.emplace_back();
    dom::object object;
    dom::element value = e, observed;
    if (several || e.is_object()) {
      if (e.get_object().get(object) || object.at_key("value").get(value))
        return fault("\"scope\" must be a text, an array of texts, or a Property with \"value\"");
      if (!object.at_key("observedAt").get(observed) && !instant(observed, "\"observedAt\"", made.from)) return false;
      const bool none = is_null(value) || (!value.get_array().get(list) && list.size() == 0);
      if (none) continue;
    }
    if (!scope_list(value, made.scopes)) return false;
  }
  return true;
}

bool Decoder::scopes(const Element& element, Entity& out) {
  out.has_scope = true;
  if (rules_.evolution) return past_scopes(element, out.past_scopes);
  if (is_null(element)) {
    if (!rules_.null_instance) return fault("\"scope\" cannot be deleted by this operation");
    return out.scope_null = true;
  }
  return scope_list(element, out.scopes);
}

bool Decoder::scope_list(const Element& element, std::vector<std::string>& out) {
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
    if (std::find(out.begin(), out.end(), scope) == out.end()) out.push_back(std::move(scope));
    return true;
  };
  dom::array list;
  if (element.get_array().get(list)) return add(element);
  for (dom::element e : list)
    if (!add(e)) return false;
  return !out.empty() || fault("\"scope\" must name at least one scope");
}

// The instances are sorted: those of one attribute with the same datasetId are neighbours.
bool Decoder::check_order(std::vector<Attribute>& attributes) {
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const Attribute& a = attributes[i];
    path_.push_back(context_.compact(a.name));
    const bool in_time = rules_.evolution && path_.size() == 1;
    if (!in_time && i > 0 && attributes[i - 1].name == a.name && attributes[i - 1].dataset_id == a.dataset_id)
      return fault(a.dataset_id.empty()
                       ? "only one instance may be without \"datasetId\" (to store an array, write {\"value\": […]})"
                       : "two instances have the datasetId " + in_quotes(a.dataset_id));
    if (!check_order(attributes[i].subs)) return false;
    path_.pop_back();
  }
  return true;
}

}  // namespace tsunagu::ngsi
