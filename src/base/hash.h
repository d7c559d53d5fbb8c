// A fast 64-bit hash (XXH3) of bytes. Not for secrets. The same bytes give the same value on every machine and version,
// so it may be kept on disk.
#pragma once
#include <cstdint>
#include <string_view>

namespace tsunagu {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace tsunagu
