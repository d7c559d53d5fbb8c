// Numbers and texts packed into bytes, little endian, one after the other; and read again from bytes that nobody
// vouches for.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tsunagu {

static_assert(std::endian::native == std::endian::little, "what is packed is little endian");

template <class T>
requires std::is_trivially_copyable_v<T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
/// Over what stands at `at`; it must be there.
template <class T>
requires std::is_trivially_copyable_v<T>
void put_at(std::string& out, std::size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}
/// u16 length, then the text, which must not be longer than that.
inline void put_short(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

/// Reads forward; once something does not fit, `ok` is false, and everything after gives nothing (0, empty) too.
struct ByteReader {
  const char* p;
  const char* end;
  bool ok = true;

  explicit ByteReader(std::string_view bytes) : p(bytes.data()), end(bytes.data() + bytes.size()) {}
  std::size_t left() const { return static_cast<std::size_t>(end - p); }
  std::string_view rest() const { return {p, left()}; }
  /// What has been read since `from`, an earlier value of `p`.
  std::string_view since(const char* from) const { return {from, static_cast<std::size_t>(p - from)}; }
  /// Everything was read, and all of it fitted.
  bool done() const { return ok && p == end; }

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
  /// A text behind its length.
  template <class Length>
  std::string_view text() {
    return take(number<Length>());
  }
  std::string_view short_text() { return text<std::uint16_t>(); }
};

}  // namespace tsunagu
