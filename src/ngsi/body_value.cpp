// The values of attributes, kind by kind (clauses 4.5.2–4.5.3, 4.5.18–4.5.24, 4.7).
#include <simdjson.h>

#include "base/json.h"
#include "base/uri.h"
#include "ngsi/body_decode.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

// [ "urn:ngsi-ld:null" ] or [ {"object": "urn:ngsi-ld:null"} ]
bool is_null_list(dom::array list) {
  if (list.size() != 1) return false;
  const dom::element only = *list.begin();
  dom::element object;
  return is_null(only) || (!only["object"].get(object) && is_null(object));
}

// A BCP 47 language tag by its shape: parts of 1–8 letters or digits, joined by '-'.
bool language_tag(std::string_view tag) {
  std::size_t part = 0;
  for (char c : tag) {
    if (c == '-') {
      if (part == 0) return false;
      part = 0;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      if (++part > 8) return false;
    } else {
      return false;
    }
  }
  return part > 0;
}

}  // namespace

bool Decoder::text(const Element& element, std::string_view member, std::string& out) {
  std::string_view text;
  if (element.get_string().get(text) || text.empty()) return fault(std::string(member) + " must be a text");
  if (text == kNullText) {
    if (!rules_.null_member) return null_fault();
    text = Attribute::kNullMark;
  }
  out = text;
  return true;
}

bool Decoder::instant(const Element& element, std::string_view member, Instant& out) {
  std::string_view text;
  if (!element.get_string().get(text)) {
    if (text == kNullText) {
      if (!rules_.null_member) return null_fault();
      out = kNullInstant;
      return true;
    }
    if (const auto parsed = parse_instant(text)) {
      out = *parsed;
      return true;
    }
  }
  return fault(std::string(member) + " must be a DateTime such as \"2024-02-29T12:00:00Z\"");
}

bool Decoder::uri(const Element& element, std::string_view member, std::string_view& out) {
  if (element.get_string().get(out)) return fault(std::string(member) + " must be a URI, written as a text");
  if (out == kNullText) return fault(std::string(member) + " cannot be the NGSI-LD Null");
  if (is_absolute_iri(out)) return true;
  return fault(std::string(member) + " must be a URI such as \"urn:ngsi-ld:Shelter:1\", not " + in_quotes(out));
}

bool Decoder::json_text(std::string& out, const Element& element, bool null_allowed) {
  std::string problem;
  return append_json(out, element, null_allowed, problem) || fault(problem);
}

bool Decoder::value(Attribute& out, const Element& element) {
  if (element.is_null())
    return fault(
        std::string("null is not a value; to delete, send \"urn:ngsi-ld:null\" where the operation allows it"));
  dom::array list;
  dom::object map;
  dom::element none;
  const bool null = is_null(element) ||
                    ((out.kind == AttrKind::kListProperty || out.kind == AttrKind::kListRelationship) &&
                     !element.get_array().get(list) && is_null_list(list)) ||
                    (out.kind == AttrKind::kLanguageProperty && !element.get_object().get(map) && map.size() == 1 &&
                     !map.at_key("@none").get(none) && is_null(none));
  if (null) {
    if (rules_.evolution && path_.size() == 1) {  // at that time the attribute was not there
      out.value = null_json(out.kind);
      return true;
    }
    if (!rules_.null_instance) return null_fault();
    out.value = Attribute::kNullMark;
    return true;
  }
  switch (out.kind) {
    case AttrKind::kProperty:
      return property(out, element);
    case AttrKind::kGeoProperty:
      return geometry(out, element);
    case AttrKind::kRelationship:
      return relationship(out, element);
    case AttrKind::kLanguageProperty:
      return language_map(out, element);
    case AttrKind::kVocabProperty:
      return vocab(out, element);
    case AttrKind::kJsonProperty:
      return json(out, element);
    case AttrKind::kListProperty:
      return value_list(out, element);
    case AttrKind::kListRelationship:
      return object_list(out, element);
  }
  return fault("it has no type");
}

bool Decoder::property(Attribute& out, const Element& element) {
  std::string_view type, content;
  dom::element inner;
  if (element.is_object() && !element["@value"].get(inner)) {  // a typed value of JSON-LD
    for (auto [key, member] : object_of(element))
      if (key != "@type" && key != "@value" && key != "@language" && key != "@direction")
        return fault("a typed value has \"@type\" and \"@value\" only, not " + in_quotes(key));
    if (!element["@type"].get_string().get(type) && (type == "DateTime" || type == "Date")) {
      const bool good = !inner.get_string().get(content) &&
                        (type == "Date" ? parse_date(content).has_value() : parse_instant(content).has_value());
      if (!good)
        return fault("its \"@value\" is no " + std::string(type) + " (2024-02-29" +
                     (type == "Date" ? ")" : "T12:00:00Z)"));
    }
  }
  return json_text(out.value, element, rules_.null_in_value);
}

bool Decoder::geometry(Attribute& out, const Element& element) {
  std::string_view encoded;
  if (!element.get_string().get(encoded)) {  // GeoJSON as a text, as the first versions of NGSI-LD had it
    dom::parser parser;
    dom::element inner;
    if (parser.parse(encoded.data(), encoded.size()).get(inner))
      return fault("its value must be a GeoJSON geometry such as {\"type\":\"Point\",\"coordinates\":[141.35,43.06]}");
    if (std::string problem = geometry_problem(inner); !problem.empty()) return fault(problem);
    return json_text(out.value, inner, false);
  }
  if (std::string problem = geometry_problem(element); !problem.empty()) return fault(problem);
  return json_text(out.value, element, false);
}

bool Decoder::relationship(Attribute& out, const Element& element) {
  dom::array list;
  std::string_view target;
  if (element.get_array().get(list)) {
    if (!uri(element, "its \"object\"", target)) return false;
    append_json_string(out.value, target);
    return true;
  }
  if (list.size() == 0) return fault("its \"object\" must name at least one entity");
  char separator = '[';
  for (dom::element item : list) {
    if (!uri(item, "each \"object\"", target)) return false;
    out.value += separator;
    separator = ',';
    append_json_string(out.value, target);
  }
  out.value += ']';
  return true;
}

bool Decoder::language_map(Attribute& out, const Element& element) {
  dom::object map;
  if (element.get_object().get(map))
    return fault("its \"languageMap\" must be an object such as {\"ja\":\"札幌\",\"en\":\"Sapporo\"}");
  if (map.size() == 0) return fault("its \"languageMap\" must hold at least one language");
  for (auto [tag, content] : map) {
    if (tag != "@none" && !language_tag(tag))
      return fault(in_quotes(tag) + " is no language tag (such as ja, en, zh-Hant, or @none)");
    dom::array texts;
    if (content.is_string()) continue;
    if (content.get_array().get(texts))
      return fault("the content for language " + in_quotes(tag) + " must be a text or an array of texts");
    for (dom::element item : texts)
      if (!item.is_string()) return fault("the content for language " + in_quotes(tag) + " must hold texts only");
  }
  return json_text(out.value, element, rules_.null_in_value);
}

bool Decoder::vocab(Attribute& out, const Element& element) {
  const auto add = [&](const dom::element& item) {
    std::string_view word;
    if (item.get_string().get(word) || word.empty()) return fault("its \"vocab\" must be a word or an array of words");
    if (word == kNullText) return null_fault();
    append_json_string(out.value, context_.expand(word));
    return true;
  };
  dom::array list;
  if (element.get_array().get(list)) return add(element);
  if (list.size() == 0) return fault("its \"vocab\" must hold at least one word");
  char separator = '[';
  for (dom::element item : list) {
    out.value += separator;
    separator = ',';
    if (!add(item)) return false;
  }
  out.value += ']';
  return true;
}

bool Decoder::json(Attribute& out, const Element& element) {
  if (!element.is_object() && !element.is_array()) return fault("its \"json\" must be an object or an array");
  return json_text(out.value, element, true);  // opaque: nothing in it has a meaning here
}

bool Decoder::value_list(Attribute& out, const Element& element) {
  if (!element.is_array()) return fault("its \"valueList\" must be an array");
  return json_text(out.value, element, false);
}

bool Decoder::object_list(Attribute& out, const Element& element) {
  dom::array list;
  if (element.get_array().get(list))
    return fault("its \"objectList\" must be an array such as [{\"object\":\"urn:ngsi-ld:Stop:1\"}]");
  char separator = '[';
  for (dom::element item : list) {
    dom::object object;
    dom::element named = item;
    if (!item.get_object().get(object) && (object.size() != 1 || object.at_key("object").get(named)))
      return fault("each item of \"objectList\" must be {\"object\": URI}");
    std::string_view target;
    if (!uri(named, "each \"object\"", target)) return false;
    out.value += separator;
    separator = ',';
    append_json_string(out.value, target);
  }
  if (separator == '[') out.value += '[';
  out.value += ']';
  return true;
}

Result<void> check_geometry(std::string_view geometry) {
  dom::parser parser;
  dom::element element;
  if (parser.parse(geometry.data(), geometry.size()).get(element)) return bad("The geometry is not JSON");
  if (std::string problem = geometry_problem(element); !problem.empty())
    return bad("The geometry is wrong: " + problem);
  return {};
}

}  // namespace tsunagu::ngsi
