// JSON-LD @context: short names ↔ expanded IRIs (clause 4.4). The part of JSON-LD 1.1 that NGSI-LD needs: term
// definitions (string or object; @type, @container, @language, @index, @nest, @reverse are checked but do not change
// names; a @context inside a term is an error, clause 4.4), @vocab, prefixes, compact IRIs, arrays, remote contexts,
// @protected, @import, null. The core @context is built in and always applied last:
// - a user's definition of a core term has no effect (core terms are protected);
// - a user's @vocab serves inside the user's own term definitions; names that no @context defines are put under the
//   *core* @vocab, as a JSON-LD processor does that reads [user, core];
// - a term that is set to null, or made another name for a keyword, counts as not defined: no attribute is ever lost
//   by it.
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

/// A compiled @context. Immutable to its users; memoises names inside. Thread-safe. Lookup of a name seen before: one
/// hash lookup; compaction of a term seen before: one array access, no lock.
class Context {
 public:
  Context();  ///< the core @context only
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Expanded IRI of an attribute, type or vocabulary name: term, compact IRI, absolute IRI, or @vocab + name.
  std::string expand(std::string_view name) const;
  TermId intern(std::string_view name) const;  ///< number of expand(name), made when new
  /// Number of expand(name), or kNoTerm if nobody ever used it; does not make the table grow.
  TermId find(std::string_view name) const;
  /// The name to write for the term: one that this context expands to exactly that IRI. By preference: the shortest
  /// term the user defined for it, the core term, the name relative to the default vocabulary, the shortest compact
  /// IRI, the IRI itself. (Only an IRI that itself reads as a compact IRI of this context, "ex:a" where ex is a prefix,
  /// has no such name: it is then written as it is.)
  std::string_view compact(TermId term) const;
  std::string_view compact_json(TermId term) const;     ///< the same as a JSON string, quotes included
  std::string compact_iri(std::string_view iri) const;  ///< the same for any IRI; not memoised, ~1 µs
  /// Compacts an IRI that is a canonical JSON string into one; memoised.
  void append_compact_iri(std::string& out, std::string_view iri_json) const;

  /// What the client named: a JSON value (string URL, or array) fit for "@context" in a body; the core URL is always
  /// included last.
  const std::string& as_json() const;
  /// The URL for a `Link` header: the single URL the client gave, else the core context's URL, else (several/inline) ""
  /// — the caller must host the combination or answer with ld+json.
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
  std::size_t max_documents = 32;   ///< remote documents in one context
  std::size_t max_depth = 8;        ///< remote contexts naming remote contexts
  std::size_t max_bytes = 1 << 20;  ///< of one document
  std::size_t max_terms = 20000;    ///< over the whole context
};

/// Compiles a context value (JSON: URL string, object, or array of both; "{}" for none). `document(url)` returns the
/// text of a remote document if it is at hand, else nullptr: then its URL is added to `missing`, and compiling is to be
/// repeated once it was fetched (result is then LdContextNotAvailable). BadRequestData for loops, wrong types, unknown
/// keywords, invalid IRIs, over the limits.
Result<ContextPtr> compile_context(std::string_view json,
                                   const std::function<const std::string*(std::string_view url)>& document,
                                   std::vector<std::string>& missing, const ContextLimits& limits = {});

}  // namespace tsunagu::ngsi
