// What is sent to a browser by Web Push can be read by that browser only: RFC 8291, content coding aes128gcm (RFC 8188).
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway {

/// The keys of a browser's subscription, as bytes.
struct BrowserKeys {
  std::string p256dh;  ///< a point on P-256, uncompressed: 65 bytes
  std::string auth;    ///< 16 bytes
};

/// One record holds it all; a push service takes bodies of 4096 bytes at least (RFC 8030, 7.2).
inline constexpr std::size_t kMaxPushBytes = 4096 - 86 - 17;

/// The body of the request, for a new key pair and salt each time. BadRequestData: the keys are none, or more than
/// kMaxPushBytes. About 100 µs.
Result<std::string> encrypt_push(std::string_view message, const BrowserKeys& to);

/// The same with what is random given (RFC 8291, 5): the sender's key (private: 32 bytes; public: 65), and 16 bytes of
/// salt.
struct SenderSecrets {
  std::string private_key, public_key, salt;
};
Result<std::string> encrypt_push(std::string_view message, const BrowserKeys& to, const SenderSecrets& from);

/// Is it a point on P-256, uncompressed?
bool is_p256_point(std::string_view bytes);

}  // namespace tsunagu::gateway
