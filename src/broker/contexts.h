// @contexts in use: compiled ones by what the client sent, downloaded ones with a cache, hosted ones that live in the
// store (clauses 4.4, 5.13).
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/context.h"
#include "store/store.h"

namespace tsunagu::broker {

/// Downloads the text of a URL and calls back once, from any thread, within its own time and size limits. Given by the
/// composition (gateway/http/client), so that the broker knows no network. The error's detail says what went wrong.
using Download = std::function<void(std::string url, std::function<void(Result<std::string>)> done)>;

enum class ContextKind : unsigned char { kHosted, kCached, kImplicit };

struct ContextInfo {
  std::string url;       ///< original URL, or our own address for hosted and implicit ones
  std::string local_id;  ///< name in /jsonldContexts/{id}
  ContextKind kind = ContextKind::kCached;
  Instant created_at, last_used;
  std::uint64_t uses = 0;
};

struct ContextOptions {
  std::string own_url;  ///< "http://127.0.0.1:1026/ngsi-ld/v1/jsonldContexts/" + local id is ours
  std::chrono::seconds fresh_for{
      24 * 3600};  ///< a downloaded document is asked for again after this; the old one serves if that fails
  std::chrono::seconds retry_after{10};  ///< a URL that failed answers its error at once for this long: never a hang
  std::size_t max_compiled = 1000;       ///< compiled contexts kept (least recently used go)
  std::size_t max_cached_documents = 1000;
  ngsi::ContextLimits limits;
};

/// Thread-safe.
class Contexts {
 public:
  Contexts(store::Store& store, Download download, ContextOptions options);
  ~Contexts();

  /// The compiled context for a JSON value (URL string, object, array; "" = core only). Calls `done` at once, on this
  /// thread, when everything is at hand (cost then: one hash lookup); otherwise later from another thread.
  /// LdContextNotAvailable when a document cannot be had, BadRequestData when it is malformed, too large, too deep, or
  /// names itself.
  void resolve(std::string_view json, std::function<void(Result<ngsi::ContextPtr>)> done);
  /// Same, only if at hand; null otherwise.
  ngsi::ContextPtr at_hand(std::string_view json);

  /// Hosting (5.13). Each is durable before `done` is called.
  void add(std::string body_json, std::function<void(Result<std::string> local_id)> done);
  std::vector<ContextInfo> list(std::optional<ContextKind> kind) const;
  Result<ContextInfo> details(std::string_view id_or_url) const;
  Result<std::string> serve(std::string_view id_or_url);  ///< the document: {"@context": …}
  void remove(std::string id_or_url, bool reload, std::function<void(Result<void>)> done);
  /// A context that answers several contexts at one address, for Link headers of application/json answers: its local
  /// id. Kind: implicit.
  std::string implicit_id(const ngsi::Context& context);
  std::string url_of(std::string_view local_id) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tsunagu::broker
