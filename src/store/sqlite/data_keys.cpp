#include "store/sqlite/data_keys.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "store/sealing.h"

namespace tsunagu::store {
namespace {

constexpr std::size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kNonceSize + kTagSize + kKeyIdSize == kSealSize);

struct DataKey {
  std::array<unsigned char, kKeyIdSize> id;
  std::array<unsigned char, kKeySize> bytes;
};

// Written once, before other threads read it.
std::vector<DataKey>& data_keys() {
  static std::vector<DataKey> keys;
  return keys;
}

DataKey with_id(const std::array<unsigned char, kKeySize>& bytes) {
  DataKey key;
  key.bytes = bytes;
  constexpr std::string_view kWhat = "tsunagu data key id";
  std::array<unsigned char, crypto_generichash_BYTES> digest;
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(kWhat.data()), kWhat.size(),
                     bytes.data(), bytes.size());
  std::copy_n(digest.begin(), key.id.size(), key.id.begin());
  return key;
}

Result<DataKey> read_key(std::string_view line) {
  std::array<unsigned char, kKeySize> bytes;
  std::size_t size = 0;
  const char* end = nullptr;
  const bool read = sodium_base642bin(bytes.data(), bytes.size(), line.data(), line.size(), nullptr, &size, &end,
                                      sodium_base64_VARIANT_ORIGINAL) == 0;
  if (!read || end != line.data() + line.size() || size != kKeySize)
    return fail(ErrorCode::kInvalidRequest,
                "a data key is 32 bytes as Base64 (44 characters); `tsunagu data-key new` prints one");
  return with_id(bytes);
}

tl::unexpected<Error> cannot(const std::filesystem::path& file, const char* what) {
  return fail(ErrorCode::kInvalidRequest, file.string() + " cannot be " + what + ": " + std::strerror(errno));
}

Result<std::string> read_text(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || in.bad()) return cannot(file, "read");
  return text;
}

}  // namespace

bool have_data_keys() {
  return !data_keys().empty();
}

void forget_data_keys() {
  if (data_keys().empty()) return;
  sodium_munlock(data_keys().data(), data_keys().size() * sizeof(DataKey));  // wipes, too
  data_keys().clear();
}

void seal_page(unsigned char* page, std::size_t open, std::string_view place) {
  const DataKey& key = data_keys().front();
  unsigned char* const nonce = page + kSealedPart;
  unsigned char* const tag = nonce + kNonceSize;
  randombytes_buf(nonce, kNonceSize);
  std::copy(key.id.begin(), key.id.end(), tag + kTagSize);
  std::string bound(place);
  bound.append(reinterpret_cast<const char*>(page), open);
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(page + open, tag, nullptr, page + open, kSealedPart - open,
                                                      reinterpret_cast<const unsigned char*>(bound.data()),
                                                      bound.size(), nullptr, nonce, key.bytes.data());
}

Opened open_page(unsigned char* page, std::size_t open, std::string_view place) {
  unsigned char* const nonce = page + kSealedPart;
  unsigned char* const tag = nonce + kNonceSize;
  const auto key = std::ranges::find_if(
      data_keys(), [tag](const DataKey& each) { return std::equal(each.id.begin(), each.id.end(), tag + kTagSize); });
  if (key == data_keys().end()) return Opened::kUnknownKey;
  std::string bound(place);
  bound.append(reinterpret_cast<const char*>(page), open);
  std::array<unsigned char, kSealedPart> plain;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(plain.data(), nullptr, page + open, kSealedPart - open, tag,
                                                          reinterpret_cast<const unsigned char*>(bound.data()),
                                                          bound.size(), nonce, key->bytes.data()) != 0)
    return Opened::kDamaged;
  std::memcpy(page + open, plain.data(), kSealedPart - open);
  std::memset(nonce, 0, kSealSize);
  return Opened::kYes;
}

std::string key_named_in(const unsigned char* page) {
  char text[2 * kKeyIdSize + 1];
  return sodium_bin2hex(text, sizeof text, page + kPageSize - kKeyIdSize, kKeyIdSize);
}

Result<void> use_data_keys(const std::filesystem::path& file) {
  if (sodium_init() < 0) return fail(ErrorCode::kInternalError, "libsodium cannot be used");
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0 && (found.st_mode & (S_IRGRP | S_IROTH)) != 0)
    log::warn("{} is readable by others than its owner: chmod 600", file.string());
  auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  std::vector<DataKey> keys;
  std::size_t number = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = trim(take_until(rest, '\n'));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    auto key = read_key(line);
    if (!key)
      return fail(ErrorCode::kInvalidRequest,
                  file.string() + ", line " + std::to_string(number) + ": " + key.error().detail);
    keys.push_back(*key);
  }
  sodium_memzero(text->data(), text->size());
  if (keys.empty())
    return fail(ErrorCode::kInvalidRequest, file.string() + " holds no data key; `tsunagu data-key new` prints one");
  forget_data_keys();
  data_keys() = std::move(keys);
  sodium_mlock(data_keys().data(), data_keys().size() * sizeof(DataKey));  // not to the swap, where that is allowed
  return {};
}

std::string new_data_key() {
  std::array<unsigned char, kKeySize> bytes;
  char text[sodium_base64_ENCODED_LEN(kKeySize, sodium_base64_VARIANT_ORIGINAL)];
  randombytes_buf(bytes.data(), bytes.size());
  return sodium_bin2base64(text, sizeof text, bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
}

Result<void> add_data_key(const std::filesystem::path& file) {
  std::string text = new_data_key() + "\n";
  if (std::filesystem::exists(file)) {
    const auto before = read_text(file);
    if (!before) return tl::unexpected(before.error());
    text += *before;
  }
  const std::filesystem::path part = file.string() + ".part";
  const int out = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return cannot(part, "written");
  const bool written = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(out) == 0;
  ::close(out);
  if (!written || ::rename(part.c_str(), file.c_str()) != 0) return cannot(file, "written");
  return {};
}

}  // namespace tsunagu::store
