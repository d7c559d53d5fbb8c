#include "gateway/oidc/discovery.h"

#include "base/json.h"
#include "base/uri.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::oidc {
namespace {

namespace walk = ngsi::walk;

constexpr std::int64_t kKept = 3'600'000'000, kWindow = 60'000'000;  // µs
constexpr int kMostInWindow = 4;
constexpr std::size_t kMaxDocumentBytes = 256u << 10;

std::string text_of(std::string_view json, std::string_view name) {
  const auto value = walk::member(json, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

FetchOptions json_request() {
  FetchOptions options;
  options.headers = {{"Accept", "application/json"}};
  options.max_bytes = kMaxDocumentBytes;
  options.max_redirects = 0;
  return options;
}

Result<std::string> body_of(FetchResult& answer, std::string_view what) {
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) return std::move(answer->body);
  return fail(ErrorCode::kUnavailable,
              std::string(what) + " of the provider answers with status " + std::to_string(answer->status));
}

}  // namespace

Result<ForeignMetadata> read_metadata(std::string_view given, std::string_view issuer) {
  const auto wrong = [&](std::string why) {
    return fail(ErrorCode::kInvalidRequest, "what the provider " + std::string(issuer) + " says of itself: " + why);
  };
  std::string json;
  if (!append_canonical_json(json, given) || !walk::is_object(json)) return wrong("no JSON object");
  if (text_of(json, "issuer") != issuer) return wrong("it has another issuer, " + text_of(json, "issuer"));
  ForeignMetadata out;
  out.authorization_endpoint = text_of(json, "authorization_endpoint");
  out.token_endpoint = text_of(json, "token_endpoint");
  out.userinfo_endpoint = text_of(json, "userinfo_endpoint");
  out.jwks_uri = text_of(json, "jwks_uri");
  for (const std::string& address : {out.authorization_endpoint, out.token_endpoint, out.jwks_uri}) {
    const bool safe =
        address.starts_with("https://") || (issuer.starts_with("http://") && address.starts_with("http://"));
    if (!safe || !is_absolute_uri(address)) return wrong("an endpoint is missing or not https");
  }
  if (!out.userinfo_endpoint.starts_with("https://") && !issuer.starts_with("http://")) out.userinfo_endpoint.clear();
  out.names_issuer = walk::member(json, "authorization_response_iss_parameter_supported") == "true";
  const std::string_view methods = walk::member(json, "token_endpoint_auth_methods_supported");
  const auto has = [&](std::string_view method) {
    return walk::any_element(methods, [&](std::string_view each) { return walk::key_is(each, method); });
  };
  out.secret_by_post = !methods.empty() && !has("client_secret_basic") && has("client_secret_post");
  return out;
}

void Discovery::metadata(std::function<void(Result<ForeignMetadataPtr>)> done) {
  ForeignMetadataPtr known;
  {
    const std::lock_guard lock(mutex_);
    if (metadata_ && metadata_until_ > now()) known = metadata_;
  }
  if (known) return done(std::move(known));
  std::string address = issuer_;
  while (address.ends_with('/')) address.pop_back();
  client_.fetch(address + "/.well-known/openid-configuration", json_request(),
                [self = shared_from_this(), done = std::move(done)](FetchResult answer) {
                  auto body = body_of(answer, "The discovery document");
                  auto read = body ? read_metadata(*body, self->issuer_)
                                   : Result<ForeignMetadata>(tl::unexpected(body.error()));
                  if (!read) return done(tl::unexpected(read.error()));
                  auto fresh = std::make_shared<const ForeignMetadata>(std::move(*read));
                  {
                    const std::lock_guard lock(self->mutex_);
                    self->metadata_ = fresh;
                    self->metadata_until_ = Instant{now().us + kKept};
                  }
                  done(std::move(fresh));
                });
}

bool Discovery::may_ask_again(Instant now) {
  if (asked_since_ == kNoInstant || asked_since_.us + kWindow <= now.us) {
    asked_since_ = now;
    asked_ = 0;
  }
  return asked_++ < kMostInWindow;
}

void Discovery::keys(const std::string& kid, KeysDone done) {
  Keys known;
  {
    const std::lock_guard lock(mutex_);
    const Instant at = now();
    const bool good = keys_ && keys_until_ > at && (kid.empty() || keys_->has(kid));
    if (!good && !waiting_.empty()) {
      waiting_.push_back(std::move(done));
      return;
    }
    if (good || !may_ask_again(at))
      known = keys_ ? keys_ : std::make_shared<const trust::KeySet>();
    else
      waiting_.push_back(std::move(done));
  }
  known ? done(std::move(known)) : fetch_keys();
}

Discovery::Keys Discovery::keys_now(const std::string& kid) {
  Keys at_hand;
  {
    const std::lock_guard lock(mutex_);
    at_hand = keys_;
  }
  keys(kid, [](const Result<Keys>&) {});
  return at_hand;
}

void Discovery::fetch_keys() {
  metadata([self = shared_from_this()](const Result<ForeignMetadataPtr>& found) {
    if (!found) return self->fetched(tl::unexpected(found.error()));
    self->client_.fetch((*found)->jwks_uri, json_request(), [self](FetchResult answer) {
      auto body = body_of(answer, "The key set");
      auto set = body ? trust::KeySet::from_json(*body) : Result<trust::KeySet>(tl::unexpected(body.error()));
      if (!set) return self->fetched(tl::unexpected(set.error()));
      self->fetched(std::make_shared<const trust::KeySet>(std::move(*set)));
    });
  });
}

void Discovery::fetched(const Result<Keys>& keys) {
  std::vector<KeysDone> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    if (keys) {
      keys_ = *keys;
      keys_until_ = Instant{now().us + kKept};
    }
  }
  for (const KeysDone& done : waiting) done(keys);
}

}  // namespace tsunagu::gateway::oidc
