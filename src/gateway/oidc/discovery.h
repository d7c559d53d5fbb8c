// What another provider says of itself and its keys (OpenID Connect Discovery, RFC 8414), kept for an hour.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "gateway/http/client.h"
#include "trust/tokens/jws.h"

namespace tsunagu::gateway::oidc {

struct ForeignMetadata {
  std::string authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
  bool names_issuer = false;    ///< answers name their issuer (RFC 9207)
  bool secret_by_post = false;  ///< client_secret_basic is not taken, client_secret_post is
};
using ForeignMetadataPtr = std::shared_ptr<const ForeignMetadata>;

/// InvalidRequest when it is not what `issuer` may say: another issuer, endpoints missing or not https (or as the
/// issuer).
Result<ForeignMetadata> read_metadata(std::string_view json, std::string_view issuer);

/// One provider. Thread-safe; `client` outlives it. Callbacks come on the caller's thread when the answer is at hand,
/// else on the client's.
class Discovery : public std::enable_shared_from_this<Discovery> {
 public:
  Discovery(HttpClient& client, std::string issuer) : client_(client), issuer_(std::move(issuer)) {}

  void metadata(std::function<void(Result<ForeignMetadataPtr>)> done);

  using Keys = std::shared_ptr<const trust::KeySet>;
  /// Keys, if possible with `kid` ("": any); fetched anew when it is not known, a few times a minute at most: a provider
  /// that turns its keys over is understood at once, somebody who makes up ids cannot make us ask again and again.
  using KeysDone = std::function<void(const Result<Keys>&)>;
  void keys(const std::string& kid, KeysDone done);
  /// What is at hand; null: nothing. Has them fetched when `kid` is not among them.
  Keys keys_now(const std::string& kid);

 private:
  bool may_ask_again(Instant now);
  void fetch_keys();
  void fetched(const Result<Keys>& keys);

  HttpClient& client_;
  const std::string issuer_;
  std::mutex mutex_;
  ForeignMetadataPtr metadata_;
  Instant metadata_until_, keys_until_, asked_since_;
  int asked_ = 0;  ///< since then
  Keys keys_;
  std::vector<KeysDone> waiting_;  // while keys are being fetched
};

}  // namespace tsunagu::gateway::oidc
