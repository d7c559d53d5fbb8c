// The data keys of the process, and sealing of single pages with them.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::store {

inline constexpr std::size_t kPageSize = 8192;
inline constexpr std::size_t kKeyIdSize = 8;
/// What stands behind the sealed bytes of each page: nonce, tag, key id.
inline constexpr std::size_t kSealSize = 24 + 16 + kKeyIdSize;
inline constexpr std::size_t kSealedPart = kPageSize - kSealSize;

/// Is there a key to seal with?
bool have_data_keys();
/// Wipes all of them.
void forget_data_keys();

enum class Opened : unsigned char { kYes, kUnknownKey, kDamaged };

/// Seals `page` (kPageSize bytes, its last kSealSize are written anew) but for its first `open` bytes, which are only
/// protected against change, like `place`: where it belongs. ~9 µs.
void seal_page(unsigned char* page, std::size_t open, std::string_view place);
/// Back; the last kSealSize bytes become zero. Unchanged when it cannot be done.
Opened open_page(unsigned char* page, std::size_t open, std::string_view place);
/// The key that a sealed page names, in hexadecimal digits.
std::string key_named_in(const unsigned char* page);

}  // namespace tsunagu::store
