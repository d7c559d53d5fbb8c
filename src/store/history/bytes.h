// Numbers of variable length in bytes: seven bits per byte, the lowest first; signed ones zigzag (0, -1, 1, -2 … are 0,
// 1, 2, 3 …).
#pragma once
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tsunagu::store::leaf {

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}
/// a - b and a + b modulo 2^64: differences of any two numbers, and back.
constexpr std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
constexpr std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline void put_varint(std::string& out, std::uint64_t v) {
  for (; v >= 128; v >>= 7) out += static_cast<char>(v | 128);
  out += static_cast<char>(v);
}
inline void put_signed(std::string& out, std::int64_t v) {
  put_varint(out, zigzag(v));
}
inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}
constexpr std::size_t varint_size(std::uint64_t v) {
  return (static_cast<std::size_t>(std::bit_width(v | 1)) + 6) / 7;
}

/// The same from untrusted bytes.
struct Input : ByteReader {
  using ByteReader::ByteReader;
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = number<unsigned char>();
      v |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return v;
    }
    ok = false;
    return 0;
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  std::string_view text() { return take(varint()); }
};

}  // namespace tsunagu::store::leaf
