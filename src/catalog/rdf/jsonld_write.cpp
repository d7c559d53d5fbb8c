#include <algorithm>
#include <set>

#include "base/json_object.h"
#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {
namespace {

std::string compact(std::string_view iri) {
  for (const auto& [prefix, name] : rdf_prefixes()) {
    if (iri.starts_with(name) && iri.size() > name.size()) return prefix + ":" + std::string(iri.substr(name.size()));
  }
  return std::string(iri);
}

class JsonLdWriter final : public RdfWriter {
 public:
  void begin(std::string& out) override {
    JsonObject context(out.append("{\"@context\":"));
    for (const auto& [prefix, iri] : rdf_prefixes()) context.text(prefix, iri);
    context.end();
    out += ",\"@graph\":[\n";
  }
  void add(std::string& out, const RdfTriples& group) override {
    if (group.empty()) return;
    if (any_) out += ",\n";
    any_ = true;
    std::set<RdfNode> open;
    append_node(out, group.front().subject, group, open);
  }
  void end(std::string& out) override { out += "\n]}\n"; }

 private:
  /// The node with its statements, and those it points to inside (each where it is met first on the way down).
  static void append_node(std::string& out, const RdfNode& node, const RdfTriples& group, std::set<RdfNode>& open) {
    JsonObject object(out);
    if (node.kind == RdfNode::Kind::kIri) object.text("@id", node.text);
    if (!open.insert(node).second) return object.end();
    std::vector<std::string_view> predicates;
    for (const RdfTriple& triple : group) {
      if (triple.subject != node) continue;
      if (std::ranges::find(predicates, triple.predicate) == predicates.end()) predicates.push_back(triple.predicate);
    }
    for (const std::string_view predicate : predicates) {
      std::vector<const RdfNode*> values;
      for (const RdfTriple& triple : group) {
        if (triple.subject == node && triple.predicate == predicate) values.push_back(&triple.object);
      }
      const bool type = predicate == kRdfType;
      std::string& to = object.member(type ? "@type" : compact(predicate));
      if (values.size() > 1) to += '[';
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) to += ',';
        if (type) {
          append_json_string(to, compact(values[i]->text));
        } else {
          append_value(to, *values[i], group, open);
        }
      }
      if (values.size() > 1) to += ']';
    }
    object.end();
  }
  static void append_value(std::string& out, const RdfNode& value, const RdfTriples& group, std::set<RdfNode>& open) {
    if (value.kind != RdfNode::Kind::kLiteral) return append_node(out, value, group, open);
    if (value.language.empty() && value.datatype.empty()) return append_json_string(out, value.text);
    JsonObject literal(out);
    literal.text("@value", value.text).text_if("@language", value.language);
    if (!value.datatype.empty()) literal.text("@type", compact(value.datatype));
    literal.end();
  }
  bool any_ = false;
};

}  // namespace

std::unique_ptr<RdfWriter> jsonld_writer() {
  return std::make_unique<JsonLdWriter>();
}

}  // namespace tsunagu::catalog
