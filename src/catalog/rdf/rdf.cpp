#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {

std::vector<RdfNode> RdfGraph::objects(const RdfNode& subject, std::string_view predicate) const {
  std::vector<RdfNode> found;
  const auto at = nodes_.find(subject);
  if (at == nodes_.end()) return found;
  for (const auto& [name, object] : at->second) {
    if (name == predicate) found.push_back(object);
  }
  return found;
}

std::vector<RdfNode> RdfGraph::instances(std::string_view type) const {
  std::vector<RdfNode> found;
  for (const auto& [subject, statements] : nodes_) {
    for (const auto& [name, object] : statements) {
      if (name != kRdfType || object.text != type) continue;
      found.push_back(subject);
      break;
    }
  }
  return found;
}

std::string_view media_type(RdfForm form) {
  switch (form) {
    case RdfForm::kTurtle:
      return "text/turtle; charset=utf-8";
    case RdfForm::kXml:
      return "application/rdf+xml; charset=utf-8";
    case RdfForm::kJsonLd:
      return "application/ld+json";
  }
  return {};
}

std::unique_ptr<RdfWriter> rdf_writer(RdfForm form) {
  switch (form) {
    case RdfForm::kTurtle:
      return turtle_writer();
    case RdfForm::kXml:
      return xml_writer();
    case RdfForm::kJsonLd:
      break;
  }
  return jsonld_writer();
}

const std::vector<std::pair<std::string, std::string>>& rdf_prefixes() {
  static const std::vector<std::pair<std::string, std::string>> prefixes{
      {"adms", "http://www.w3.org/ns/adms#"},
      {"dcat", "http://www.w3.org/ns/dcat#"},
      {"dct", "http://purl.org/dc/terms/"},
      {"foaf", "http://xmlns.com/foaf/0.1/"},
      {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
      {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
      {"vcard", "http://www.w3.org/2006/vcard/ns#"},
      {"xsd", std::string(kXsd)},
  };
  return prefixes;
}

Result<RdfGraph> read_rdf(RdfForm form, std::string_view document, std::string_view base, const RdfLimits& limits) {
  switch (form) {
    case RdfForm::kTurtle:
      return read_turtle(document, base, limits);
    case RdfForm::kXml:
      return read_rdf_xml(document, base, limits);
    case RdfForm::kJsonLd:
      break;
  }
  return read_jsonld(document, base, limits);
}

}  // namespace tsunagu::catalog
