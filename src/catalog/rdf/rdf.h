// RDF statements, and their three ways to be written down: Turtle (by Serd), RDF/XML (read by Expat), JSON-LD.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

struct RdfNode {
  enum class Kind : unsigned char { kIri, kBlank, kLiteral } kind = Kind::kIri;
  std::string text;
  std::string language;  ///< of a literal
  std::string datatype;  ///< of a literal: IRI; "" for a plain text
  auto operator<=>(const RdfNode&) const = default;

  static RdfNode iri(std::string_view text) { return {Kind::kIri, std::string(text), "", ""}; }
  static RdfNode blank(std::string_view label) { return {Kind::kBlank, std::string(label), "", ""}; }
  static RdfNode literal(std::string_view text, std::string_view language = {}, std::string_view datatype = {}) {
    return {Kind::kLiteral, std::string(text), std::string(language), std::string(datatype)};
  }
};

struct RdfTriple {
  RdfNode subject;
  std::string predicate;  ///< IRI
  RdfNode object;
};
using RdfTriples = std::vector<RdfTriple>;

/// Statements by subject, for reading.
class RdfGraph {
 public:
  void add(RdfTriple triple) {
    nodes_[std::move(triple.subject)].emplace_back(std::move(triple.predicate), std::move(triple.object));
  }
  using Statements = std::vector<std::pair<std::string, RdfNode>>;
  const std::map<RdfNode, Statements>& nodes() const { return nodes_; }
  /// Objects of a subject under one predicate, in order.
  std::vector<RdfNode> objects(const RdfNode& subject, std::string_view predicate) const;
  /// Subjects of an rdf:type.
  std::vector<RdfNode> instances(std::string_view type) const;

 private:
  std::map<RdfNode, Statements> nodes_;
};

enum class RdfForm : unsigned char { kTurtle, kXml, kJsonLd };
std::string_view media_type(RdfForm form);

/// Writes a document in pieces: each add() is a group of statements that belong together (blank nodes are known within
/// it; for JSON-LD the subject of the first one is the node under which the others are nested). Memory: one group. Not
/// thread-safe.
class RdfWriter {
 public:
  virtual ~RdfWriter() = default;
  virtual void begin(std::string& out) = 0;
  virtual void add(std::string& out, const RdfTriples& group) = 0;
  virtual void end(std::string& out) = 0;
};
std::unique_ptr<RdfWriter> rdf_writer(RdfForm form);

/// The prefixes of everything that is written here: "dcat" → "http://www.w3.org/ns/dcat#".
const std::vector<std::pair<std::string, std::string>>& rdf_prefixes();

struct RdfLimits {
  std::size_t triples = 5'000'000;
};
/// Reads a document of any of the forms; relative IRIs are seen from `base`. Nothing is fetched: a JSON-LD @context
/// must be in the document, or be known (those of DCAT-AP and schema names are assumed for a remote one).
/// BadRequestData says where it is wrong; ContentTooLarge.
Result<RdfGraph> read_rdf(RdfForm form, std::string_view document, std::string_view base, const RdfLimits& limits = {});

inline constexpr std::string_view kRdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
inline constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema#";

// Of the forms, for read_rdf and rdf_writer.
std::unique_ptr<RdfWriter> jsonld_writer();
std::unique_ptr<RdfWriter> turtle_writer();
std::unique_ptr<RdfWriter> xml_writer();
Result<RdfGraph> read_jsonld(std::string_view document, std::string_view base, const RdfLimits& limits);
Result<RdfGraph> read_turtle(std::string_view document, std::string_view base, const RdfLimits& limits);
Result<RdfGraph> read_rdf_xml(std::string_view document, std::string_view base, const RdfLimits& limits);

}  // namespace tsunagu::catalog
