// RDF/XML (W3C RDF 1.1 XML Syntax): node and property elements, about, ID, nodeID, resource, datatype, parseType,
// property attributes, li, xml:lang, xml:base. A collection gives its members as objects of the property; an XML
// literal its text.
#include <expat.h>

#include <memory>

#include "base/uri.h"
#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {
namespace {

constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
                           kXml = "http://www.w3.org/XML/1998/namespace";
constexpr std::size_t kMaxDepth = 1000;

struct Open {
  enum class Kind : unsigned char { kRoot, kNode, kProperty, kXmlLiteral } kind = Kind::kRoot;
  std::string base, language;
  RdfNode subject;
  std::string predicate, datatype, text;
  bool has_object = false, collection = false;
  int items = 0;  // rdf:li
};

class Reader {
 public:
  Reader(std::string_view base, const RdfLimits& limits) : limits_(limits), base_(base) {}

  Result<RdfGraph> read(std::string_view document) {
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
        XML_ParserCreateNS(nullptr, ' '), XML_ParserFree);
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_,
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<Reader*>(self)->start(name, attributes);
        },
        [](void* self, const XML_Char*) { static_cast<Reader*>(self)->end(); });
    XML_SetCharacterDataHandler(parser_, [](void* self, const XML_Char* text, int size) {
      static_cast<Reader*>(self)->characters({text, static_cast<std::size_t>(size)});
    });
    constexpr std::size_t kBlock = 1u << 20;
    for (std::size_t at = 0; at <= document.size(); at += kBlock) {
      const std::string_view block = document.substr(at, kBlock);
      const bool last = at + kBlock > document.size();
      if (XML_Parse(parser_, block.data(), static_cast<int>(block.size()), last ? 1 : 0) == XML_STATUS_OK) continue;
      if (triples_ > limits_.triples) {
        return fail(ErrorCode::kContentTooLarge, "more than " + std::to_string(limits_.triples) + " statements");
      }
      if (fault_.empty()) fault_ = XML_ErrorString(XML_GetErrorCode(parser_));
      return bad("not RDF/XML: line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": " + fault_);
    }
    return std::move(graph_);
  }

 private:
  struct Attributes {
    std::string base, language;
    std::optional<std::string> about, id, node_id, resource, datatype, parse_type;
    std::vector<std::pair<std::string, std::string>> properties;  // IRI → text
  };

  static std::string iri_of(std::string_view name) {
    const std::size_t space = name.find(' ');
    if (space == std::string_view::npos) return std::string(name);
    return std::string(name.substr(0, space)).append(name.substr(space + 1));
  }

  Attributes sorted(const XML_Char** attributes) const {
    Attributes out;
    out.base = open_.empty() ? base_ : open_.back().base;
    out.language = open_.empty() ? "" : open_.back().language;
    for (; *attributes != nullptr; attributes += 2) {
      const std::string_view name = attributes[0];
      const std::string value = attributes[1];
      const std::string_view space = name.substr(0, name.find(' '));
      const std::string_view local = space.size() < name.size() ? name.substr(space.size() + 1) : name;
      if (space == kXml) {
        if (local == "base") out.base = resolve_uri(out.base, value);
        if (local == "lang") out.language = value;
      } else if (space != kRdf && space.size() < name.size()) {
        out.properties.emplace_back(iri_of(name), value);
      } else if (local == "about") {
        out.about = value;
      } else if (local == "ID") {
        out.id = value;
      } else if (local == "nodeID") {
        out.node_id = value;
      } else if (local == "resource") {
        out.resource = value;
      } else if (local == "datatype") {
        out.datatype = value;
      } else if (local == "parseType") {
        out.parse_type = value;
      } else if (local == "type") {
        out.properties.emplace_back(std::string(kRdfType), value);
      }
    }
    return out;
  }

  void start(std::string_view name, const XML_Char** attributes) {
    if (!fault_.empty()) return;
    if (open_.size() >= kMaxDepth) return stop("elements nest too deep");
    const Attributes given = sorted(attributes);
    const std::string iri = iri_of(name);
    Open element;
    element.base = given.base;
    element.language = given.language;
    if (open_.empty() && iri == std::string(kRdf) + "RDF") {
      open_.push_back(std::move(element));
      return;
    }
    if (!open_.empty() && open_.back().kind == Open::Kind::kXmlLiteral) {
      element.kind = Open::Kind::kXmlLiteral;
    } else if (!open_.empty() && open_.back().kind == Open::Kind::kNode) {
      start_property(iri, given, element);
    } else {
      start_node(iri, given, element);
    }
    open_.push_back(std::move(element));
  }

  void start_node(const std::string& iri, const Attributes& given, Open& element) {
    element.kind = Open::Kind::kNode;
    if (given.about) {
      element.subject = RdfNode::iri(resolve_uri(given.base, *given.about));
    } else if (given.id) {
      element.subject = RdfNode::iri(resolve_uri(given.base, "#" + *given.id));
    } else {
      element.subject = given.node_id ? RdfNode::blank("n" + *given.node_id) : fresh();
    }
    if (iri != std::string(kRdf) + "Description") add(element.subject, std::string(kRdfType), RdfNode::iri(iri));
    add_properties(element.subject, given);
    if (open_.empty() || open_.back().kind != Open::Kind::kProperty) return;
    Open& property = open_.back();
    property.has_object = true;
    add(property.subject, property.predicate, element.subject);
  }

  void start_property(const std::string& iri, const Attributes& given, Open& element) {
    Open& node = open_.back();
    element.kind = Open::Kind::kProperty;
    element.subject = node.subject;
    element.predicate = iri == std::string(kRdf) + "li" ? std::string(kRdf) + "_" + std::to_string(++node.items) : iri;
    if (given.datatype) element.datatype = resolve_uri(given.base, *given.datatype);
    const std::string parse = given.parse_type.value_or("");
    if (given.resource || given.node_id) {
      const RdfNode object = given.resource ? RdfNode::iri(resolve_uri(given.base, *given.resource))
                                            : RdfNode::blank("n" + *given.node_id);
      element.has_object = true;
      add(element.subject, element.predicate, object);
      add_properties(object, given);
    } else if (parse == "Resource") {
      const RdfNode object = fresh();
      add(element.subject, element.predicate, object);
      element.kind = Open::Kind::kNode;
      element.subject = object;
    } else if (parse == "Collection") {
      element.collection = true;
    } else if (!parse.empty()) {
      element.kind = Open::Kind::kXmlLiteral;
    } else if (!given.properties.empty()) {
      const RdfNode object = fresh();
      element.has_object = true;
      add(element.subject, element.predicate, object);
      add_properties(object, given);
    }
  }

  void add_properties(const RdfNode& subject, const Attributes& given) {
    for (const auto& [name, value] : given.properties) {
      add(subject, name,
          name == kRdfType ? RdfNode::iri(resolve_uri(given.base, value)) : RdfNode::literal(value, given.language));
    }
  }

  void end() {
    if (!fault_.empty() || open_.empty()) return;
    const Open element = std::move(open_.back());
    open_.pop_back();
    if (element.kind == Open::Kind::kXmlLiteral && !open_.empty()) open_.back().text += element.text;
    const bool literal = element.kind == Open::Kind::kProperty ||
                         (element.kind == Open::Kind::kXmlLiteral && !element.predicate.empty());
    if (!literal || element.has_object || element.collection) return;
    add(element.subject, element.predicate,
        RdfNode::literal(element.text, element.datatype.empty() ? element.language : "", element.datatype));
  }

  void characters(std::string_view text) {
    if (open_.empty() || !fault_.empty()) return;
    if (open_.back().text.size() + text.size() > (std::size_t{16} << 20)) return stop("a text of more than 16 MiB");
    open_.back().text += text;
  }

  void add(const RdfNode& subject, const std::string& predicate, const RdfNode& object) {
    if (++triples_ > limits_.triples) return stop("too many statements");
    graph_.add({subject, predicate, object});
  }
  RdfNode fresh() { return RdfNode::blank("x" + std::to_string(++blanks_)); }
  void stop(const char* why) {
    fault_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }

  const RdfLimits& limits_;
  const std::string base_;
  XML_Parser parser_ = nullptr;
  RdfGraph graph_;
  std::vector<Open> open_;
  std::string fault_;
  std::size_t triples_ = 0, blanks_ = 0;
};

}  // namespace

Result<RdfGraph> read_rdf_xml(std::string_view document, std::string_view base, const RdfLimits& limits) {
  return Reader(base, limits).read(document);
}

}  // namespace tsunagu::catalog
