#include "trust/sign_in/software_card.h"

#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <array>

#include "trust/keys.h"
#include "trust/sign_in/cards.h"
#include "trust/sign_in/document_text.h"
#include "trust/sign_in/secrets.h"
#include "trust/sign_in/x509.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kSalt = 16, kIv = 12, kTag = 16, kKey = 32;
constexpr std::int64_t kMostIterations = 10'000'000;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, x509::Free<EVP_CIPHER_CTX_free>>;

std::string key_of(std::string_view pin, std::string_view salt, int iterations) {
  std::string key(kKey, '\0');
  PKCS5_PBKDF2_HMAC(pin.data(), static_cast<int>(pin.size()), x509::bytes_of(salt), static_cast<int>(salt.size()),
                    iterations, EVP_sha256(), kKey, reinterpret_cast<unsigned char*>(key.data()));
  return key;
}

std::string seal(std::string_view key, std::string_view iv, std::string_view text) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string out(text.size() + kTag, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, x509::bytes_of(key), x509::bytes_of(iv));
  EVP_EncryptUpdate(cipher.get(), to, &size, x509::bytes_of(text), static_cast<int>(text.size()));
  EVP_EncryptFinal_ex(cipher.get(), to + size, &size);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, out.data() + text.size());
  return out;
}

bool unseal(std::string_view key, std::string_view iv, std::string_view sealed, std::string& out) {
  if (sealed.size() < kTag || iv.size() != kIv) return false;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string tag(sealed.substr(sealed.size() - kTag));
  out.assign(sealed.size() - kTag, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, x509::bytes_of(key), x509::bytes_of(iv));
  EVP_DecryptUpdate(cipher.get(), to, &size, x509::bytes_of(sealed), static_cast<int>(out.size()));
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data());
  return EVP_DecryptFinal_ex(cipher.get(), to + size, &size) == 1;
}

x509::Key private_key(std::string_view der) {
  const unsigned char* at = x509::bytes_of(der);
  return x509::Key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
}

}  // namespace

std::string write_card(const SoftwareCard& card, std::string_view pin, int iterations) {
  const std::string salt = random_bytes(kSalt), iv = random_bytes(kIv);
  const std::string sealed = seal(key_of(pin, salt, iterations), iv, card.key);
  std::string out;
  JsonObject file(out);
  file.text("format", "tsunagu-card-1").text("certificate", to_base64(card.certificate));
  file.text("algorithm", card.rsa ? "RS256" : "ES256");
  JsonObject key(file.member("key"));
  key.text("kdf", "PBKDF2-SHA256").number("iterations", iterations).text("salt", to_base64(salt));
  key.text("cipher", "A256GCM").text("iv", to_base64(iv)).text("ciphertext", to_base64(sealed)).end();
  file.end();
  return out;
}

Result<std::string> card_certificate(std::string_view file) {
  std::string json;
  if (!append_canonical_json(json, file, 8) || text_in(json, "format") != "tsunagu-card-1") {
    return bad("this is no software card (tsunagu card issue writes them)");
  }
  return certificate_der(text_in(json, "certificate"));
}

Result<SoftwareCard> open_card(std::string_view file, std::string_view pin) {
  std::string json;
  const auto certificate = card_certificate(file);
  if (!certificate) return tl::unexpected(certificate.error());
  append_canonical_json(json, file, 8);
  const auto key = ngsi::walk::member(json, "key");
  const auto iterations = number_in(key, "iterations");
  const auto salt = from_base64(text_in(key, "salt")), iv = from_base64(text_in(key, "iv"));
  const auto sealed = from_base64(text_in(key, "ciphertext"));
  if (!salt || !iv || !sealed || iterations < 1 || iterations > kMostIterations) {
    return bad("the software card is damaged");
  }
  SoftwareCard card;
  card.certificate = *certificate;
  card.rsa = text_in(json, "algorithm") == "RS256";
  if (!unseal(key_of(pin, *salt, static_cast<int>(iterations)), *iv, *sealed, card.key)) {
    return fail(ErrorCode::kUnauthorized, "the PIN is wrong");
  }
  return card;
}

std::string sign_with_card(const SoftwareCard& card, std::string_view text, bool pss) {
  const x509::Key key = private_key(card.key);
  if (!key) return {};
  const x509::DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* details = nullptr;
  EVP_DigestSignInit(context.get(), &details, EVP_sha256(), nullptr, key.get());
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST);
  }
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, x509::bytes_of(text), text.size());
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, x509::bytes_of(text),
                     text.size()) != 1) {
    return {};
  }
  signature.resize(size);
  return signature;
}

}  // namespace tsunagu::trust
