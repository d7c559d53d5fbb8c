#include "trust/tokens/jws.h"

#include <cjose/cjose.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::trust {
namespace {

namespace walk = ngsi::walk;

constexpr std::array<std::pair<Algorithm, std::string_view>, 4> kAlgorithms{{{Algorithm::kEs256, "ES256"},
                                                                             {Algorithm::kRs256, "RS256"},
                                                                             {Algorithm::kPs256, "PS256"},
                                                                             {Algorithm::kEdDsa, "EdDSA"}}};
constexpr std::size_t kMinRsaBits = 2048, kMaxRsaBits = 4096;
constexpr std::size_t kMaxKeys = 64, kMaxTried = 4;
constexpr int kMaxDepth = 16;
constexpr std::size_t kEd25519Bytes = 32;

struct FreeJwk {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, FreeJwk>;

struct FreeJwsObject {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using JwsObject = std::unique_ptr<cjose_jws_t, FreeJwsObject>;

struct FreeHeader {
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* raw_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string member_text(std::string_view object, std::string_view name) {
  const std::string_view value = walk::member(object, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

/// Canonical JSON of the object that `part` is in base64url. A member that is there twice would be read as the one or
/// as the other, so there must be none.
std::optional<std::string> read_part(std::string_view part) {
  const auto bytes = from_base64url(part);
  std::string json;
  if (!bytes || !append_canonical_json(json, *bytes, kMaxDepth) || !walk::is_object(json)) return std::nullopt;
  std::vector<std::string> names;
  walk::any_member(json, [&](std::string_view key, std::string_view) {
    names.push_back(json_string_text(key));
    return false;
  });
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) return std::nullopt;
  return json;
}

tl::unexpected<Error> no_token(std::string_view why) {
  return fail(ErrorCode::kUnauthorized, "The token does not hold: " + std::string(why) + ". Get a new one.");
}

/// Two dots; the part before the first, between, behind.
struct Parts {
  std::string_view header, claims, signature, signed_text;
};
std::optional<Parts> parts_of(std::string_view compact) {
  const std::size_t first = compact.find('.');
  const std::size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1),
               compact.substr(0, second)};
}

}  // namespace

std::string_view name(Algorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)].second;
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (const auto& [algorithm, known] : kAlgorithms) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

Result<Jws> read_jws(std::string_view compact) {
  if (compact.size() > kMaxTokenBytes) return no_token("it is too long");
  const auto parts = parts_of(compact);
  const auto header = parts ? read_part(parts->header) : std::nullopt;
  auto claims = header ? read_part(parts->claims) : std::nullopt;
  if (!claims || !from_base64url(parts->signature)) return no_token("it is not a signed JWT");
  Jws jws;
  const auto algorithm = algorithm_of(member_text(*header, "alg"));
  if (!algorithm) return no_token("its algorithm is none of ES256, RS256, PS256 and EdDSA");
  if (!walk::member(*header, "crit").empty() || !walk::member(*header, "b64").empty())
    return no_token("it asks for extensions that are not known here");
  const std::string_view kid = walk::member(*header, "kid");
  if (!kid.empty() && !walk::is_string(kid)) return no_token("its kid is no text");
  jws.algorithm = *algorithm;
  jws.key = member_text(*header, "kid");
  jws.type = member_text(*header, "typ");
  for (char& c : jws.type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (jws.type.starts_with("application/")) jws.type.erase(0, std::string_view("application/").size());
  jws.compact = compact;
  jws.claims = std::move(*claims);
  return jws;
}

/// Of cjose, or (Ed25519, which it does not know) of OpenSSL.
struct TokenKey::Material {
  Jwk jwk;
  Pkey ed25519;
  std::string ed25519_x;  ///< base64url
};

Result<TokenKey> TokenKey::make() {
  cjose_err fault{};
  Jwk jwk(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &fault));
  char* text = jwk ? cjose_jwk_to_json(jwk.get(), true, &fault) : nullptr;
  if (text == nullptr) return fail(ErrorCode::kInternalError, "No key could be made: OpenSSL has no randomness.");
  const std::string json(text);
  cjose_get_dealloc()(text);
  return from_jwk(json);
}

Result<TokenKey> TokenKey::from_jwk(std::string_view given) {
  std::string json;
  if (!append_canonical_json(json, given, kMaxDepth) || !walk::is_object(json)) return bad("this is no JWK");
  const std::string kind = member_text(json, "kty"), curve = member_text(json, "crv");
  if (const std::string use = member_text(json, "use"); !use.empty() && use != "sig")
    return bad("this key is not for signatures");
  TokenKey key;
  auto material = std::make_shared<Material>();
  std::string thumbprint;  // RFC 7638: the members a public key must have, by name
  if (kind == "OKP" && curve == "Ed25519") {
    const std::string x = member_text(json, "x");
    const auto bytes = from_base64url(x);
    if (!bytes || bytes->size() != kEd25519Bytes) return bad("x of an Ed25519 key has 32 bytes");
    material->ed25519.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_bytes(*bytes), bytes->size()));
    if (!material->ed25519) return bad("this is no Ed25519 key");
    material->ed25519_x = x;
    thumbprint = R"({"crv":"Ed25519","kty":"OKP","x":")" + x + "\"}";
    key.algorithms_ = {Algorithm::kEdDsa};
  } else if ((kind == "EC" && curve == "P-256") || kind == "RSA") {
    cjose_err fault{};
    material->jwk.reset(cjose_jwk_import(json.data(), json.size(), &fault));
    if (!material->jwk) return bad(std::string("this key cannot be used: ") + (fault.message ? fault.message : "?"));
    if (kind == "EC") {
      thumbprint =
          R"({"crv":"P-256","kty":"EC","x":")" + member_text(json, "x") + R"(","y":")" + member_text(json, "y") + "\"}";
      key.algorithms_ = {Algorithm::kEs256};
    } else {
      const std::size_t bits = cjose_jwk_get_keysize(material->jwk.get(), &fault);
      if (bits < kMinRsaBits || bits > kMaxRsaBits) return bad("an RSA key has 2048 to 4096 bits");
      thumbprint = R"({"e":")" + member_text(json, "e") + R"(","kty":"RSA","n":")" + member_text(json, "n") + "\"}";
      key.algorithms_ = {Algorithm::kRs256, Algorithm::kPs256};
    }
  } else {
    return bad("keys are EC with P-256, RSA, or OKP with Ed25519; not " + kind + (curve.empty() ? "" : " " + curve));
  }
  if (const std::string only = member_text(json, "alg"); !only.empty()) {
    const auto algorithm = algorithm_of(only);
    if (!algorithm || !key.fits(*algorithm)) return bad("alg \"" + only + "\" is not taken, or not for this key");
    key.algorithms_ = {*algorithm};
  }
  key.id_ = member_text(json, "kid");
  if (key.id_.empty()) {
    const Digest digest = sha256(thumbprint);
    key.id_ = to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
  }
  key.material_ = std::move(material);
  return key;
}

bool TokenKey::fits(Algorithm algorithm) const {
  return std::ranges::find(algorithms_, algorithm) != algorithms_.end();
}

std::string TokenKey::jwk(bool with_private) const {
  std::string out;
  JsonObject object(out);
  if (material_->ed25519) {
    object.text("kty", "OKP").text("crv", "Ed25519").text("x", material_->ed25519_x);
  } else {
    cjose_err fault{};
    char* text = cjose_jwk_to_json(material_->jwk.get(), with_private, &fault);
    std::string json;
    if (text != nullptr) append_canonical_json(json, text, kMaxDepth);
    cjose_get_dealloc()(text);
    walk::any_member(json, [&](std::string_view key, std::string_view value) {
      const std::string member = json_string_text(key);
      if (member != "kid") object.json(member, value);
      return false;
    });
  }
  object.text("kid", id_).text("use", "sig");
  if (algorithms_.size() == 1) object.text("alg", trust::name(algorithms_.front()));
  object.end();
  return out;
}

std::string TokenKey::sign(std::string_view type, std::string_view claims) const {
  cjose_err fault{};
  const std::unique_ptr<cjose_header_t, FreeHeader> header(cjose_header_new(&fault));
  if (!material_->jwk || !header) return {};
  const auto put = [&](const char* member, const std::string& value) {
    return cjose_header_set(header.get(), member, value.c_str(), &fault);
  };
  if (!put(CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256) || !put("typ", std::string(type)) || !put(CJOSE_HDR_KID, id_)) return {};
  const JwsObject jws(cjose_jws_sign(material_->jwk.get(), header.get(), raw_bytes(claims), claims.size(), &fault));
  const char* compact = nullptr;
  if (!jws || !cjose_jws_export(jws.get(), &compact, &fault)) return {};
  return compact;
}

bool TokenKey::verify(const Jws& token) const {
  if (!fits(token.algorithm)) return false;
  if (!material_->ed25519) {
    cjose_err fault{};
    const JwsObject jws(cjose_jws_import(token.compact.data(), token.compact.size(), &fault));
    return jws && cjose_jws_verify(jws.get(), material_->jwk.get(), &fault);
  }
  const auto parts = parts_of(token.compact);
  const auto signature = parts ? from_base64url(parts->signature) : Result<std::string>(bad(""));
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  return signature && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, material_->ed25519.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw_bytes(*signature), signature->size(), raw_bytes(parts->signed_text),
                          parts->signed_text.size()) == 1;
}

Result<KeySet> KeySet::from_json(std::string_view given) {
  std::string json;
  if (!append_canonical_json(json, given, kMaxDepth)) return bad("a set of keys is JSON: {\"keys\":[…]}");
  const std::string_view list = walk::member(json, "keys");
  if (!walk::is_array(list)) return bad("a set of keys is JSON: {\"keys\":[…]}");
  KeySet set;
  std::string reason = "there is none";
  walk::any_element(list, [&](std::string_view each) {
    if (auto key = TokenKey::from_jwk(each); key)
      set.keys_.push_back(std::move(*key));
    else
      reason = key.error().detail;
    return set.keys_.size() >= kMaxKeys;
  });
  if (set.keys_.empty()) return bad("no key of the set can be used: " + reason);
  return set;
}

bool KeySet::has(std::string_view id) const {
  return std::ranges::any_of(keys_, [&](const TokenKey& key) { return key.id() == id; });
}

bool KeySet::verify(const Jws& token) const {
  std::size_t tried = 0;
  for (const TokenKey& key : keys_) {
    if (!token.key.empty() && key.id() != token.key) continue;
    if (!key.fits(token.algorithm)) continue;
    if (key.verify(token)) return true;
    if (++tried == kMaxTried) break;
  }
  return false;
}

std::string KeySet::json() const {
  std::string out = R"({"keys":[)";
  for (const TokenKey& key : keys_) {
    if (out.back() == '}') out += ',';
    out += key.jwk();
  }
  return out += "]}";
}

}  // namespace tsunagu::trust
