// Reading JSON-LD as catalogues publish it: a @context in the document (terms, prefixes, @vocab, @base, @language, type
// coercion, language maps), @graph, nested nodes, @list and @set, @reverse left out. Remote contexts are not fetched:
// the names of DCAT are known by themselves.
#include <array>
#include <map>

#include "base/json.h"
#include "base/uri.h"
#include "catalog/rdf/rdf.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

struct Term {
  std::string iri;
  std::string type;      // "@id", "@vocab" or the IRI of a datatype
  std::string language;  // "" for that of the context
  bool language_map = false;
};

struct Context {
  std::map<std::string, Term> terms;
  std::string vocabulary, base, language;
};

struct Known {
  std::string_view name, iri, type;
};
/// What the contexts of DCAT that are named by URL say, for the members that are read here.
constexpr std::array kKnown{
    Known{"Catalog", "http://www.w3.org/ns/dcat#Catalog", ""},
    Known{"Dataset", "http://www.w3.org/ns/dcat#Dataset", ""},
    Known{"Distribution", "http://www.w3.org/ns/dcat#Distribution", ""},
    Known{"dataset", "http://www.w3.org/ns/dcat#dataset", "@id"},
    Known{"distribution", "http://www.w3.org/ns/dcat#distribution", "@id"},
    Known{"title", "http://purl.org/dc/terms/title", ""},
    Known{"description", "http://purl.org/dc/terms/description", ""},
    Known{"identifier", "http://purl.org/dc/terms/identifier", ""},
    Known{"issued", "http://purl.org/dc/terms/issued", ""},
    Known{"modified", "http://purl.org/dc/terms/modified", ""},
    Known{"license", "http://purl.org/dc/terms/license", "@id"},
    Known{"publisher", "http://purl.org/dc/terms/publisher", "@id"},
    Known{"accrualPeriodicity", "http://purl.org/dc/terms/accrualPeriodicity", "@id"},
    Known{"format", "http://purl.org/dc/terms/format", ""},
    Known{"name", "http://xmlns.com/foaf/0.1/name", ""},
    Known{"keyword", "http://www.w3.org/ns/dcat#keyword", ""},
    Known{"theme", "http://www.w3.org/ns/dcat#theme", "@id"},
    Known{"contactPoint", "http://www.w3.org/ns/dcat#contactPoint", "@id"},
    Known{"fn", "http://www.w3.org/2006/vcard/ns#fn", ""},
    Known{"hasEmail", "http://www.w3.org/2006/vcard/ns#hasEmail", "@id"},
    Known{"landingPage", "http://www.w3.org/ns/dcat#landingPage", "@id"},
    Known{"accessURL", "http://www.w3.org/ns/dcat#accessURL", "@id"},
    Known{"downloadURL", "http://www.w3.org/ns/dcat#downloadURL", "@id"},
    Known{"mediaType", "http://www.w3.org/ns/dcat#mediaType", ""},
    Known{"byteSize", "http://www.w3.org/ns/dcat#byteSize", ""},
};

std::string text_of(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string();
}

class Reader {
 public:
  Reader(std::string_view base, const RdfLimits& limits) : limits_(limits) {
    context_.base = base;
    for (const auto& [prefix, iri] : rdf_prefixes()) context_.terms[prefix] = {iri, "", "", false};
    context_.terms["dcterms"] = {"http://purl.org/dc/terms/", "", "", false};
    context_.terms["schema"] = {"http://schema.org/", "", "", false};
    for (const Known& known : kKnown) {
      context_.terms[std::string(known.name)] = {std::string(known.iri), std::string(known.type), "", false};
    }
  }

  Result<RdfGraph> read(std::string_view json) {
    read_top(json);
    if (triples_ > limits_.triples) {
      return fail(ErrorCode::kContentTooLarge, "more than " + std::to_string(limits_.triples) + " statements");
    }
    return std::move(graph_);
  }

 private:
  void read_top(std::string_view json) {
    walk::any_element(json, [this](std::string_view each) {
      read_top(each);
      return false;
    });
    if (!walk::is_object(json)) return;
    take_context(walk::member(json, "@context"));
    const std::string_view graph = walk::member(json, "@graph");
    if (walk::is_array(graph) || walk::is_object(graph)) read_top(graph);
    if (graph.empty() || !walk::member(json, "@id").empty()) node(json);
  }

  void take_context(std::string_view json) {
    walk::any_element(json, [this](std::string_view each) {
      take_context(each);
      return false;
    });
    // Prefixes first: the other terms may be written with them.
    for (const bool objects : {false, true}) {
      walk::any_member(json, [&](std::string_view key, std::string_view value) {
        if (walk::is_object(value) == objects) take_term(json_string_text(key), value);
        return false;
      });
    }
  }
  void take_term(const std::string& name, std::string_view value) {
    if (name == "@vocab") {
      context_.vocabulary = text_of(value);
    } else if (name == "@base") {
      context_.base = resolve_uri(context_.base, text_of(value));
    } else if (name == "@language") {
      context_.language = text_of(value);
    } else if (walk::is_string(value)) {
      context_.terms[name] = {expand(text_of(value)), "", "", false};
    } else if (walk::is_object(value)) {
      Term term;
      const std::string id = text_of(walk::member(value, "@id"));
      term.iri = expand(id.empty() ? name : id);
      term.type = text_of(walk::member(value, "@type"));
      if (!term.type.starts_with('@')) term.type = term.type.empty() ? "" : expand(term.type);
      term.language = text_of(walk::member(value, "@language"));
      term.language_map = text_of(walk::member(value, "@container")).find("language") != std::string::npos;
      context_.terms[name] = std::move(term);
    } else {
      context_.terms.erase(name);
    }
  }

  std::string expand(const std::string& name) const {
    if (name.starts_with('@')) return name;
    const auto term = context_.terms.find(name);
    if (term != context_.terms.end() && !term->second.iri.empty()) return term->second.iri;
    if (const auto colon = name.find(':'); colon != std::string::npos) {
      const auto prefix = context_.terms.find(name.substr(0, colon));
      const bool authority = name.substr(colon + 1).starts_with("//");
      if (prefix != context_.terms.end() && !authority) return prefix->second.iri + name.substr(colon + 1);
      return name;
    }
    return context_.vocabulary.empty() ? name : context_.vocabulary + name;
  }
  RdfNode reference(const std::string& text) const {
    if (text.starts_with("_:")) return RdfNode::blank(text.substr(2));
    const std::string name = text.find(':') == std::string::npos ? text : expand(text);
    return RdfNode::iri(is_absolute_iri(name) ? name : resolve_uri(context_.base, name));
  }

  void add(const RdfNode& subject, const std::string& predicate, RdfNode object) {
    if (++triples_ > limits_.triples || object.text.empty()) return;
    graph_.add({subject, predicate, std::move(object)});
  }

  RdfNode node(std::string_view json) {
    const std::string id = text_of(walk::member(json, "@id"));
    const RdfNode subject = id.empty() ? RdfNode::blank("b" + std::to_string(++blanks_)) : reference(id);
    walk::any_member(json, [&](std::string_view key, std::string_view value) {
      const std::string name = json_string_text(key);
      if (name == "@type" || name == "type") {
        each(value, [&](std::string_view type) {
          if (walk::is_string(type)) add(subject, std::string(kRdfType), RdfNode::iri(expand(text_of(type))));
        });
      } else if (!name.starts_with('@')) {
        const auto at = context_.terms.find(name);
        const Term term = at == context_.terms.end() ? Term{expand(name), "", "", false} : at->second;
        if (term.iri.find(':') != std::string::npos) values(subject, term, value);
      }
      return triples_ > limits_.triples;
    });
    return subject;
  }

  template <class F>
  static void each(std::string_view json, F take) {
    if (!walk::is_array(json)) return take(json);
    walk::any_element(json, [&](std::string_view one) {
      each(one, take);
      return false;
    });
  }

  void values(const RdfNode& subject, const Term& term, std::string_view json) {
    each(json, [&](std::string_view value) { one_value(subject, term, value); });
  }

  void one_value(const RdfNode& subject, const Term& term, std::string_view value) {
    const std::string& language = term.language.empty() ? context_.language : term.language;
    if (walk::is_string(value)) {
      const std::string text = text_of(value);
      const bool iri = term.type == "@id" || (term.type == "@vocab" && !text.empty());
      return add(subject, term.iri,
                 iri ? reference(text) : RdfNode::literal(text, term.type.empty() ? language : "", term.type));
    }
    if (walk::is_number(value))
      return add(subject, term.iri, RdfNode::literal(value, "", std::string(kXsd) + "decimal"));
    if (walk::is_bool(value)) return add(subject, term.iri, RdfNode::literal(value, "", std::string(kXsd) + "boolean"));
    if (!walk::is_object(value)) return;
    for (const std::string_view list : {"@list", "@set"}) {
      if (const auto inside = walk::member(value, list); !inside.empty()) return values(subject, term, inside);
    }
    const std::string_view literal = walk::member(value, "@value");
    if (!literal.empty()) {
      const std::string type = text_of(walk::member(value, "@type"));
      const std::string text = walk::is_string(literal) ? text_of(literal) : std::string(literal);
      return add(subject, term.iri,
                 RdfNode::literal(text, text_of(walk::member(value, "@language")), type.empty() ? "" : expand(type)));
    }
    if (term.language_map) {
      walk::any_member(value, [&](std::string_view tag, std::string_view texts) {
        each(texts, [&](std::string_view text) {
          add(subject, term.iri, RdfNode::literal(text_of(text), json_string_text(tag)));
        });
        return false;
      });
      return;
    }
    add(subject, term.iri, node(value));
  }

  const RdfLimits& limits_;
  Context context_;
  RdfGraph graph_;
  std::size_t triples_ = 0, blanks_ = 0;
};

}  // namespace

Result<RdfGraph> read_jsonld(std::string_view document, std::string_view base, const RdfLimits& limits) {
  std::string json;
  if (!append_canonical_json(json, document)) return bad("not JSON-LD: not valid JSON");
  if (!walk::is_object(json) && !walk::is_array(json)) return bad("not JSON-LD: neither an object nor an array");
  return Reader(base, limits).read(json);
}

}  // namespace tsunagu::catalog
