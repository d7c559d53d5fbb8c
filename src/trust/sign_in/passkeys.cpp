#include "trust/sign_in/passkeys.h"

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/url.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::trust {
namespace {

constexpr std::array kAlgorithms = {COSE_EDDSA, COSE_ES256, COSE_RS256};
constexpr int kTimeout = 300'000;  // ms
constexpr std::size_t kFlags = 32, kCounter = 33, kLeastData = 37;
constexpr unsigned char kPresent = 1, kVerified = 4;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

struct FreeCredential {
  void operator()(fido_cred_t* c) const { fido_cred_free(&c); }
};
struct FreeAssertion {
  void operator()(fido_assert_t* a) const { fido_assert_free(&a); }
};
struct FreeItem {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};

tl::unexpected<Error> wrong(std::string detail) {
  return bad("the passkey cannot be taken: " + std::move(detail));
}

/// "authData" of an attestation object (clause 6.5.4): a CBOR map.
std::string authenticator_data(std::string_view object) {
  cbor_load_result loaded{};
  const std::unique_ptr<cbor_item_t, FreeItem> item(cbor_load(raw(object), object.size(), &loaded));
  if (!item || loaded.error.code != CBOR_ERR_NONE || !cbor_isa_map(item.get())) return {};
  const cbor_pair* pairs = cbor_map_handle(item.get());
  for (std::size_t i = 0; i < cbor_map_size(item.get()); ++i) {
    const cbor_item_t *key = pairs[i].key, *value = pairs[i].value;
    if (!cbor_isa_string(key) || !cbor_string_is_definite(key) || !cbor_isa_bytestring(value) ||
        !cbor_bytestring_is_definite(value)) {
      continue;
    }
    const std::string_view name(reinterpret_cast<const char*>(cbor_string_handle(key)), cbor_string_length(key));
    if (name != "authData") continue;
    return {reinterpret_cast<const char*>(cbor_bytestring_handle(value)), cbor_bytestring_length(value)};
  }
  return {};
}

std::string bytes_in(std::string_view object, std::string_view name) {
  std::string text = text_in(object, name);
  while (text.ends_with('=')) text.pop_back();
  return from_base64url(text).value_or("");
}

/// The key in a form that libfido2 verifies with; calls `use` with it.
template <class Use>
bool with_key(int algorithm, std::string_view key, Use use) {
  if (algorithm == COSE_ES256) {
    es256_pk_t* pk = es256_pk_new();
    const bool good = es256_pk_from_ptr(pk, key.data(), key.size()) == FIDO_OK && use(pk);
    es256_pk_free(&pk);
    return good;
  }
  if (algorithm == COSE_RS256) {
    rs256_pk_t* pk = rs256_pk_new();
    const bool good = rs256_pk_from_ptr(pk, key.data(), key.size()) == FIDO_OK && use(pk);
    rs256_pk_free(&pk);
    return good;
  }
  eddsa_pk_t* pk = eddsa_pk_new();
  const bool good = algorithm == COSE_EDDSA && eddsa_pk_from_ptr(pk, key.data(), key.size()) == FIDO_OK && use(pk);
  eddsa_pk_free(&pk);
  return good;
}

std::uint32_t counter_in(std::string_view data) {
  std::uint32_t counter = 0;
  for (std::size_t i = 0; i < 4; ++i) counter = (counter << 8) | static_cast<unsigned char>(data[kCounter + i]);
  return counter;
}

}  // namespace

Passkeys::Passkeys(std::string_view public_url, std::string site) : site_(std::move(site)) {
  const std::size_t scheme = public_url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::string_view authority = public_url.substr(begin, public_url.find('/', begin) - begin);
  const std::size_t port = authority.rfind(':') == std::string_view::npos || authority.ends_with(']')
                               ? authority.size()
                               : authority.rfind(':');
  host_ = authority.substr(0, port);
  if (host_ == "127.0.0.1" || host_ == "[::1]") host_ = "localhost";
  origins_.push_back(std::string(public_url.substr(0, begin)).append(host_).append(authority.substr(port)));
}

std::string Passkeys::creation_options(const Account& account, Instant now) {
  std::string out;
  JsonObject options(out);
  JsonObject(options.member("rp")).text("id", host_).text("name", site_).end();
  JsonObject(options.member("user"))
      .text("id", account.handle)
      .text("name", account.name)
      .text("displayName", account.title)
      .end();
  options.text("challenge", challenges_.make("create " + account.name, now));
  std::string& kinds = options.member("pubKeyCredParams");
  kinds += '[';
  for (const int algorithm : kAlgorithms) {
    if (algorithm != kAlgorithms.front()) kinds += ',';
    JsonObject(kinds).text("type", "public-key").number("alg", algorithm).end();
  }
  kinds += ']';
  options.number("timeout", kTimeout);
  std::string& known = options.member("excludeCredentials");
  known += '[';
  for (const Passkey& passkey : account.passkeys) {
    if (known.back() != '[') known += ',';
    JsonObject each(known);
    each.text("type", "public-key").text("id", passkey.id);
    append_json_texts(each.member("transports"), passkey.transports);
    each.end();
  }
  known += ']';
  JsonObject(options.member("authenticatorSelection"))
      .text("residentKey", "required")
      .truth("requireResidentKey", true)
      .text("userVerification", "preferred")
      .end();
  options.text("attestation", "none").end();
  return out;
}

std::string Passkeys::request_options(Instant now) {
  std::string out;
  JsonObject options(out);
  options.text("challenge", challenges_.make("get", now)).number("timeout", kTimeout).text("rpId", host_);
  options.json("allowCredentials", "[]").text("userVerification", "preferred").end();
  return out;
}

Result<std::string> Passkeys::client_data(std::string_view response, std::string_view type, const std::string& purpose,
                                          Instant now) {
  const std::string text = bytes_in(response, "clientDataJSON");
  std::string data;
  if (!append_canonical_json(data, text, 8) || text_in(data, "type") != type) {
    return wrong("its client data is not of this kind");
  }
  if (!challenges_.take(text_in(data, "challenge"), purpose, now)) {
    return wrong("its challenge was not made here, was used already, or is too old; begin again");
  }
  const std::string origin = text_in(data, "origin");
  if (std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) {
    return wrong("it was made for " + origin + "; open this site as " + origins_.front());
  }
  if (truth_in(data, "crossOrigin")) return wrong("it was made inside a page of another site");
  return std::string(view(sha256(text)));
}

Result<Passkey> Passkeys::created(std::string_view credential, const Account& account, Instant now) {
  const auto response = ngsi::walk::member(credential, "response");
  const auto hash = client_data(response, "webauthn.create", "create " + account.name, now);
  if (!hash) return tl::unexpected(hash.error());
  const std::string data = authenticator_data(bytes_in(response, "attestationObject"));
  if (data.size() < kLeastData) return wrong("its attestation object is not as WebAuthn describes it");
  if (std::string_view(data).substr(0, kFlags) != view(sha256(host_))) return wrong("it was made for another site");
  if ((static_cast<unsigned char>(data[kFlags]) & kPresent) == 0) return wrong("nobody was present");
  for (const int algorithm : kAlgorithms) {
    const std::unique_ptr<fido_cred_t, FreeCredential> parsed(fido_cred_new());
    if (fido_cred_set_type(parsed.get(), algorithm) != FIDO_OK ||
        fido_cred_set_authdata_raw(parsed.get(), raw(data), data.size()) != FIDO_OK) {
      continue;
    }
    const auto text_of = [](const unsigned char* from, std::size_t size) {
      return to_base64url({reinterpret_cast<const char*>(from), size});
    };
    Passkey passkey;
    passkey.id = text_of(fido_cred_id_ptr(parsed.get()), fido_cred_id_len(parsed.get()));
    passkey.algorithm = algorithm;
    passkey.public_key = text_of(fido_cred_pubkey_ptr(parsed.get()), fido_cred_pubkey_len(parsed.get()));
    passkey.counter = counter_in(data);
    passkey.made = now;
    each_in(response, "transports", [&passkey](std::string_view text) {
      if (ngsi::walk::is_string(text) && passkey.transports.size() < 8 && text.size() < 32) {
        passkey.transports.push_back(json_string_text(text));
      }
    });
    if (passkey.id.empty() || passkey.id.size() > 1400 || passkey.id != id_of(credential)) {
      return wrong("its id is not the one of its data");
    }
    return passkey;
  }
  return wrong("its key is of a kind that was not asked for");
}

std::string Passkeys::id_of(std::string_view credential) {
  std::string id = text_in(credential, "id");
  while (id.ends_with('=')) id.pop_back();
  return id;
}

Result<Passkeys::Shown> Passkeys::shown(std::string_view credential, const Passkey& passkey, std::string_view handle,
                                        Instant now) {
  const auto refuse = [](std::string detail) { return fail(ErrorCode::kUnauthorized, std::move(detail)); };
  const auto response = ngsi::walk::member(credential, "response");
  const auto hash = client_data(response, "webauthn.get", "get", now);
  if (!hash) return refuse(hash.error().detail);
  const std::string given = text_in(response, "userHandle");
  if (!given.empty() && given != handle) return refuse("the passkey belongs to another account");
  const std::string data = bytes_in(response, "authenticatorData"), signature = bytes_in(response, "signature");
  const auto key = from_base64url(passkey.public_key);
  if (data.size() < kLeastData || signature.empty() || !key) return refuse("the passkey's answer is incomplete");
  const std::unique_ptr<fido_assert_t, FreeAssertion> parsed(fido_assert_new());
  const bool read = fido_assert_set_count(parsed.get(), 1) == FIDO_OK &&
                    fido_assert_set_rp(parsed.get(), host_.c_str()) == FIDO_OK &&
                    fido_assert_set_clientdata_hash(parsed.get(), raw(*hash), hash->size()) == FIDO_OK &&
                    fido_assert_set_authdata_raw(parsed.get(), 0, raw(data), data.size()) == FIDO_OK &&
                    fido_assert_set_sig(parsed.get(), 0, raw(signature), signature.size()) == FIDO_OK &&
                    fido_assert_set_up(parsed.get(), FIDO_OPT_TRUE) == FIDO_OK;
  const bool good = read && with_key(passkey.algorithm, *key, [&](const void* pk) {
                      return fido_assert_verify(parsed.get(), 0, passkey.algorithm, pk) == FIDO_OK;
                    });
  if (!good) return refuse("the passkey's signature does not hold");
  Shown shown;
  shown.counter = counter_in(data);
  shown.user_verified = (static_cast<unsigned char>(data[kFlags]) & kVerified) != 0;
  return shown;
}

}  // namespace tsunagu::trust
