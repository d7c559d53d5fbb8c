// Numbers of variable length in bytes: seven bits per byte, the lowest first; signed ones zigzag (0, -1, 1, -2 … are 0,
// 1, 2, 3 …).
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tsunagu::store::leaf {

static_assert(std::endian::native == std::endian::little, "a leaf is little endian");

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

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
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

/// Reads forward through untrusted bytes; once something does not fit, everything after fails too.
struct Input {
  const char* p;
  const char* end;
  bool ok = true;

  explicit Input(std::string_view bytes) : p(bytes.data()), end(bytes.data() + bytes.size()) {}
  std::size_t left() const { return static_cast<std::size_t>(end - p); }
  std::string_view take(std::uint64_t n) {
    if (!ok || n > left()) {
      ok = false;
      return {};
    }
    const std::string_view s(p, n);
    p += n;
    return s;
  }
  template <class T>
  T number() {
    const std::string_view s = take(sizeof(T));
    T v{};
    if (ok) std::memcpy(&v, s.data(), sizeof v);
    return v;
  }
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
