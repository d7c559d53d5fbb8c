#include "trust/keys.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "trust/audit/chain.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kSignature = 64;

EVP_PKEY* raw(const std::shared_ptr<void>& key) {
  return static_cast<EVP_PKEY*>(key.get());
}

std::shared_ptr<void> own(EVP_PKEY* key) {
  return {key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }};
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

SigningKey::SigningKey(std::shared_ptr<void> key, bool can_sign) : key_(std::move(key)), can_sign_(can_sign) {
  std::array<unsigned char, 32> bytes{};
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(raw(key_), bytes.data(), &size);
  id_ = to_hex(sha256({reinterpret_cast<const char*>(bytes.data()), size})).substr(0, 16);
}

Result<SigningKey> SigningKey::make() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!key) return fail(ErrorCode::kInternalError, "No key could be made: OpenSSL has no randomness or no Ed25519.");
  return SigningKey(own(key), true);
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const bool is_private = pem.find("PRIVATE KEY") != std::string_view::npos;
  EVP_PKEY* key = is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                             : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  auto owned = own(key);
  if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return bad("this is not an Ed25519 key in PEM");
  return SigningKey(std::move(owned), is_private);
}

Result<SigningKey> SigningKey::open_or_make(const std::filesystem::path& file) {
  if (std::ifstream in(file, std::ios::binary); in) {
    const std::string pem{std::istreambuf_iterator<char>(in), {}};
    auto key = from_pem(pem);
    if (!key) return bad(file.string() + ": " + key.error().detail);
    if (!key->can_sign_) return bad(file.string() + ": a private key is needed here");
    return key;
  }
  auto key = make();
  if (!key) return key;
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), raw(key->key_), nullptr, nullptr, 0, nullptr, nullptr);
  const std::string pem = text_of(bio.get());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      fd >= 0 && ::write(fd, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written) return fail(ErrorCode::kReadOnly, file.string() + ": the key could not be written");
  return key;
}

std::string SigningKey::public_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), raw(key_));
  return text_of(bio.get());
}

std::string SigningKey::sign(std::string_view text) const {
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignature, '\0');
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, raw(key_)) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, unsigned_bytes(text),
                     text.size()) != 1) {
    return {};
  }
  return signature;
}

bool SigningKey::verify(std::string_view text, std::string_view signature) const {
  const Context context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, raw(key_)) == 1 &&
         EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(), unsigned_bytes(text),
                          text.size()) == 1;
}

Result<void> write_private(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path fresh = file.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  bool good =
      fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  good = good && ::rename(fresh.c_str(), file.c_str()) == 0;
  if (!good)
    return fail(ErrorCode::kReadOnly, file.string() + ": the keys could not be written: " + std::strerror(errno));
  return {};
}

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), unsigned_bytes(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = text.size() % 4 != 0 ? -1
                                        : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                                          unsigned_bytes(text), static_cast<int>(text.size()));
  if (size < 0) return bad("this is not Base64");
  for (std::size_t n = text.size(); n > 0 && text[n - 1] == '=' && !bytes.empty(); --n) bytes.pop_back();
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), unsigned_bytes(bytes), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return bad("this is not base64url");
  }
  bytes.resize(size);
  return bytes;
}

std::string random_text(std::size_t bytes) {
  static const int started = sodium_init();
  (void)started;
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  return to_base64url(random);
}

}  // namespace tsunagu::trust
