#include <algorithm>

#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {
namespace {

/// Text of XML: what it cannot hold is left out.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r') out += c;
    }
  }
}

/// The element's name for a predicate or type: with a known prefix, or one of its own, declared in `declaration`.
std::string element(std::string_view iri, std::string& declaration) {
  for (const auto& [prefix, name] : rdf_prefixes()) {
    if (iri.starts_with(name) && iri.size() > name.size()) return prefix + ":" + std::string(iri.substr(name.size()));
  }
  const std::size_t cut = iri.find_last_of("#/") + 1;
  declaration = " xmlns:ns=\"";
  append_escaped(declaration, iri.substr(0, cut));
  declaration += '"';
  return "ns:" + std::string(iri.substr(cut));
}

class XmlWriter final : public RdfWriter {
 public:
  void begin(std::string& out) override {
    out += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rdf:RDF";
    for (const auto& [prefix, iri] : rdf_prefixes()) {
      out.append("\n  xmlns:").append(prefix).append("=\"").append(iri).append("\"");
    }
    out += ">\n";
  }

  void add(std::string& out, const RdfTriples& group) override {
    ++group_;
    std::vector<const RdfNode*> subjects;
    for (const RdfTriple& triple : group) {
      const auto same = [&](const RdfNode* each) { return *each == triple.subject; };
      if (std::ranges::none_of(subjects, same)) subjects.push_back(&triple.subject);
    }
    for (const RdfNode* subject : subjects) append_subject(out, *subject, group);
  }

  void end(std::string& out) override { out += "</rdf:RDF>\n"; }

 private:
  void append_subject(std::string& out, const RdfNode& subject, const RdfTriples& group) const {
    const RdfTriple* type = nullptr;
    for (const RdfTriple& triple : group) {
      if (triple.subject == subject && triple.predicate == kRdfType && type == nullptr) type = &triple;
    }
    std::string declaration;
    const std::string name = type == nullptr ? "rdf:Description" : element(type->object.text, declaration);
    out.append("<").append(name).append(declaration);
    append_reference(out, subject, "rdf:about");
    out += ">\n";
    for (const RdfTriple& triple : group) {
      if (triple.subject == subject && &triple != type) append_property(out, triple);
    }
    out.append("</").append(name).append(">\n");
  }

  void append_reference(std::string& out, const RdfNode& node, std::string_view attribute) const {
    out += ' ';
    const bool blank = node.kind == RdfNode::Kind::kBlank;
    out.append(blank ? "rdf:nodeID" : attribute).append("=\"");
    if (blank) out.append("g").append(std::to_string(group_));
    append_escaped(out, node.text);
    out += '"';
  }

  void append_property(std::string& out, const RdfTriple& triple) const {
    std::string declaration;
    const std::string name = element(triple.predicate, declaration);
    out.append("  <").append(name).append(declaration);
    const RdfNode& object = triple.object;
    if (object.kind != RdfNode::Kind::kLiteral) {
      append_reference(out, object, "rdf:resource");
      out += "/>\n";
      return;
    }
    if (!object.language.empty()) out.append(" xml:lang=\"").append(object.language).append("\"");
    if (!object.datatype.empty()) {
      out += " rdf:datatype=\"";
      append_escaped(out, object.datatype);
      out += '"';
    }
    out += '>';
    append_escaped(out, object.text);
    out.append("</").append(name).append(">\n");
  }

  std::size_t group_ = 0;
};

}  // namespace

std::unique_ptr<RdfWriter> xml_writer() {
  return std::make_unique<XmlWriter>();
}

}  // namespace tsunagu::catalog
