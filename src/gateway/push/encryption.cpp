#include "gateway/push/encryption.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kPointBytes = 65, kScalarBytes = 32, kAuthBytes = 16, kSaltBytes = 16, kTagBytes = 16;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* build) const { OSSL_PARAM_BLD_free(build); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
template <class T>
using Held = std::unique_ptr<T, FreeKey>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// Null when it is no point of the curve, or the scalar is none. `scalar` "": only the public half.
Held<EVP_PKEY> p256_key(std::string_view point, std::string_view scalar = {}) {
  if (point.size() != kPointBytes || point[0] != 4) return nullptr;
  const Held<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  Held<BIGNUM> number;
  if (!scalar.empty()) {
    number.reset(BN_bin2bn(octets(scalar), static_cast<int>(scalar.size()), nullptr));
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  }
  const Held<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(build.get()));
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return nullptr;
  }
  return Held<EVP_PKEY>(key);
}

/// ECDH; "" when it cannot be.
std::string shared_secret(EVP_PKEY* own, EVP_PKEY* other) {
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  std::string out(kScalarBytes, '\0');
  std::size_t size = out.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), other) != 1 ||
      EVP_PKEY_derive(context.get(), octets(out), &size) != 1 || size != kScalarBytes) {
    return {};
  }
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(text), text.size(), octets(out), &size);
  return out;
}

/// HKDF with SHA-256 (RFC 5869) for at most 32 bytes.
std::string hkdf(std::string_view salt, std::string_view secret, std::string info, std::size_t bytes) {
  info += '\x01';
  return hmac(hmac(salt, secret), info).substr(0, bytes);
}

/// With its tag behind it; "" when it cannot be.
std::string sealed(std::string_view plain, std::string_view key, std::string_view nonce) {
  const Held<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTagBytes, '\0');
  int size = 0, last = 0;
  if (!context || EVP_EncryptInit_ex2(context.get(), EVP_aes_128_gcm(), octets(key), octets(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), octets(out), &size, octets(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), octets(out) + size, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, octets(out) + plain.size()) != 1) {
    return {};
  }
  return out;
}

Result<std::string> encrypt(std::string_view message, const BrowserKeys& to, EVP_PKEY* own, const std::string& own_point,
                            const std::string& salt) {
  if (message.size() > kMaxPushBytes) return bad("a message of Web Push has at most " + std::to_string(kMaxPushBytes) + " bytes");
  const auto browser = p256_key(to.p256dh);
  if (!browser) return bad("p256dh is no point of P-256");
  if (to.auth.size() != kAuthBytes) return bad("auth has 16 bytes");
  const std::string secret = shared_secret(own, browser.get());
  const auto failed = [] { return fail(ErrorCode::kInternalError, "OpenSSL could not encrypt a message of Web Push"); };
  if (secret.empty()) return failed();
  using namespace std::string_literals;
  const std::string material = hkdf(to.auth, secret, "WebPush: info\0"s + to.p256dh + own_point, 32);
  const std::string body = sealed(std::string(message) + '\x02', hkdf(salt, material, "Content-Encoding: aes128gcm\0"s, 16),
                                  hkdf(salt, material, "Content-Encoding: nonce\0"s, 12));
  if (body.empty()) return failed();
  std::string out = salt;
  out.append("\x00\x00\x10\x00", 4);  // of 4096 bytes is a record, of which there is one
  out += static_cast<char>(kPointBytes);
  return out + own_point + body;
}

}  // namespace

bool is_p256_point(std::string_view bytes) {
  return p256_key(bytes) != nullptr;
}

Result<std::string> encrypt_push(std::string_view message, const BrowserKeys& to) {
  const Held<EVP_PKEY> own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  unsigned char* point = nullptr;
  const std::size_t size = own ? EVP_PKEY_get1_encoded_public_key(own.get(), &point) : 0;
  const std::string own_point(reinterpret_cast<const char*>(point), size);
  OPENSSL_free(point);
  std::string salt(kSaltBytes, '\0');
  if (size != kPointBytes || RAND_bytes(octets(salt), kSaltBytes) != 1) {
    return fail(ErrorCode::kInternalError, "OpenSSL has no randomness");
  }
  return encrypt(message, to, own.get(), own_point, salt);
}

Result<std::string> encrypt_push(std::string_view message, const BrowserKeys& to, const SenderSecrets& from) {
  const auto own = p256_key(from.public_key, from.private_key);
  if (!own || from.salt.size() != kSaltBytes) return bad("the sender's secrets are none");
  return encrypt(message, to, own.get(), from.public_key, from.salt);
}

}  // namespace tsunagu::gateway
