// JSON-LD @context: short names ↔ expanded IRIs (clause 4.4). The part of JSON-LD 1.1 that NGSI-LD needs: term definitions (string or
// object with @id/@type/@container/@prefix/@reverse ignored), @vocab, @base, prefixes, compact IRIs, arrays, remote contexts,
// @protected, @import, null. The core @context is built in and always applied last (it cannot be overridden).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ngsi/term.h"

namespace tsunagu::ngsi {

inline constexpr std::string_view kCoreContextUrl = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";

/// Is `url` one of the published addresses of a core @context (any version)? They all answer with the built-in one.
bool is_core_context_url(std::string_view url);
/// The core @context document as JSON.
std::string_view core_context_document();

/// A compiled @context. Immutable to its users; memoises names inside. Thread-safe. Lookup of a name seen before: one hash lookup;
/// compaction of a term seen before: one array access, no lock.
class Context {
 public:
  Context();  ///< the core @context only
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Expanded IRI of an attribute, type or vocabulary name: term, compact IRI, absolute IRI, or @vocab + name.
  std::string expand(std::string_view name) const;
  TermId intern(std::string_view name) const;  ///< number of expand(name), made when new
  TermId find(std::string_view name) const;    ///< number of expand(name), or kNoTerm if nobody ever used it (does not grow the table)
  /// The shortest name by which this context expands to the term: term, vocab-relative, compact IRI, or the IRI itself.
  std::string_view compact(TermId term) const;
  std::string compact_iri(std::string_view iri) const;

  /// What the client named: a JSON value (string URL, or array) fit for "@context" in a body; the core URL is always included last.
  const std::string& as_json() const;
  /// The URL for a `Link` header: the single URL the client gave, else the core context's URL, else (several/inline) "" — the caller
  /// must host the combination or answer with ld+json.
  const std::string& link_url() const;

 private:
  friend struct ContextCompiler;
  struct State;
  std::unique_ptr<State> state_;
};
using ContextPtr = std::shared_ptr<const Context>;

/// The core context alone; one instance.
ContextPtr core_context();

struct ContextLimits {
  std::size_t max_documents = 32;      ///< remote documents in one context
  std::size_t max_depth = 8;           ///< remote contexts naming remote contexts
  std::size_t max_bytes = 1 << 20;     ///< of one document
  std::size_t max_terms = 20000;       ///< over the whole context
};

/// Compiles a context value (JSON: URL string, object, or array of both; "{}" for none). `document(url)` returns the text of a remote
/// document if it is at hand, else nullptr: then its URL is added to `missing`, and compiling is to be repeated once it was fetched
/// (result is then LdContextNotAvailable). BadRequestData for loops, wrong types, unknown keywords, invalid IRIs, over the limits.
Result<ContextPtr> compile_context(std::string_view json, const std::function<const std::string*(std::string_view url)>& document,
                                   std::vector<std::string>& missing, const ContextLimits& limits = {});

}  // namespace tsunagu::ngsi
