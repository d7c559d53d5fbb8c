#include "base/json.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace tsunagu {
namespace {

constexpr bool must_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

// The first byte of [p, end) that a JSON string cannot hold as it is; eight bytes at a time.
const char* find_special(const char* p, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zero_bytes = [](std::uint64_t v) { return (v - kOnes) & ~v & kHighs; };
  for (; end - p >= 8; p += 8) {
    std::uint64_t v = 0;
    std::memcpy(&v, p, 8);
    // The lowest marked byte is exact; bytes above it may be marked by a borrow, which does not matter here.
    const std::uint64_t hits =
        zero_bytes(v ^ (kOnes * '"')) | zero_bytes(v ^ (kOnes * '\\')) | ((v - kOnes * 0x20) & ~v & kHighs);
    if (hits != 0) return p + std::countr_zero(hits) / 8;
  }
  while (p != end && !must_escape(static_cast<unsigned char>(*p))) ++p;
  return p;
}

void append_escaped(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[(static_cast<unsigned char>(c) >> 4) & 0xf];
      out += kHex[static_cast<unsigned char>(c) & 0xf];
  }
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  }
}

constexpr std::uint32_t kNoCharacter = 0xffffffff;

std::uint32_t hex4(const char* p, const char* end) {
  if (end - p < 4) return kNoCharacter;
  std::uint32_t value = 0;
  const auto [stop, fault] = std::from_chars(p, p + 4, value, 16);
  return fault == std::errc{} && stop == p + 4 ? value : kNoCharacter;
}

// Reads what follows a backslash, moves `p` behind it; kNoCharacter when it is not a JSON escape of a Unicode
// character.
std::uint32_t read_escape(const char*& p, const char* end) {
  if (p == end) return kNoCharacter;
  switch (*p++) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      break;
    default:
      return kNoCharacter;
  }
  const std::uint32_t high = hex4(p, end);
  if (high == kNoCharacter) return kNoCharacter;
  p += 4;
  if (high < 0xd800 || high > 0xdfff) return high;
  if (high > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u') return kNoCharacter;
  const std::uint32_t low = hex4(p + 2, end);
  if (low < 0xdc00 || low > 0xdfff) return kNoCharacter;
  p += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

// Checks JSON text (RFC 8259) from left to right and copies it without white space. The text is valid UTF-8 already.
class Canonicaliser {
 public:
  Canonicaliser(std::string& out, std::string_view text, int max_depth)
      : out_(out), p_(text.data()), end_(p_ + text.size()), max_depth_(max_depth) {}

  bool run() {
    out_.reserve(out_.size() + static_cast<std::size_t>(end_ - p_));
    if (!value()) return false;
    while (!open_.empty()) {
      if (!step()) return false;
    }
    skip_space();
    return p_ == end_;
  }

 private:
  char peek() {
    skip_space();
    return p_ == end_ ? '\0' : *p_;
  }

  void skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  bool take(char c) {
    if (peek() != c) return false;
    out_ += c;
    ++p_;
    return true;
  }

  // After a value inside an array or object: its end, or the next member.
  bool step() {
    const char closing = open_.back();
    if (take(closing)) return open_.pop_back(), true;
    return take(',') && (closing == ']' || key()) && value();
  }

  bool key() { return peek() == '"' && string() && take(':'); }

  // One scalar, an empty array or object, or the first scalar inside newly opened ones.
  bool value() {
    for (;;) {
      const char c = peek();
      if (c != '{' && c != '[') return c == '"' ? string() : c == '-' || is_digit(c) ? number() : literal();
      const char closing = c == '{' ? '}' : ']';
      if (open_.size() >= static_cast<std::size_t>(max_depth_ < 0 ? 0 : max_depth_)) return false;
      take(c);
      if (take(closing)) return true;
      open_ += closing;
      if (c == '{' && !key()) return false;
    }
  }

  bool string() {
    out_ += '"';
    ++p_;
    for (;;) {
      const char* special = find_special(p_, end_);
      out_.append(p_, special);
      p_ = special;
      if (p_ == end_ || static_cast<unsigned char>(*p_) < 0x20) return false;
      if (*p_++ == '"') break;
      const std::uint32_t c = read_escape(p_, end_);
      if (c == kNoCharacter) return false;
      if (c < 0x80 && must_escape(static_cast<unsigned char>(c))) {
        append_escaped(out_, static_cast<char>(c));
      } else {
        append_utf8(out_, c);
      }
    }
    out_ += '"';
    return true;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  bool digits() {
    const char* start = p_;
    while (p_ != end_ && is_digit(*p_)) ++p_;
    return p_ != start;
  }

  bool number() {
    const char* start = p_;
    if (*p_ == '-') ++p_;
    const bool leading_zero = p_ != end_ && *p_ == '0';
    const char* whole = p_;
    if (!digits() || (leading_zero && p_ - whole > 1)) return false;
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return false;
    }
    out_.append(start, p_);
    return true;
  }

  bool literal() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with(word)) {
        out_ += word;
        p_ += word.size();
        return true;
      }
    }
    return false;
  }

  std::string& out_;
  const char* p_;
  const char* end_;
  int max_depth_;
  std::string open_;  // the closing characters still to come
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* p = text.data();
  const char* end = p + text.size();
  for (;;) {
    const char* special = find_special(p, end);
    out.append(p, special);
    if (special == end) break;
    append_escaped(out, *special);
    p = special + 1;
  }
  out += '"';
}

std::string json_string_text(std::string_view json) {
  if (json.size() < 2) return {};
  const char* p = json.data() + 1;
  const char* end = json.data() + json.size() - 1;
  std::string text;
  while (p != end) {
    const char* special = std::find(p, end, '\\');
    text.append(p, special);
    if (special == end) break;
    p = special + 1;
    const std::uint32_t c = read_escape(p, end);
    if (c != kNoCharacter) append_utf8(text, c);
  }
  return text;
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // The shortest form of 200000 is 2e+05: no way to write a population.
  constexpr double kExactIntegers = 9007199254740992;
  if (std::abs(value) < kExactIntegers && value == std::trunc(value) && !(value == 0 && std::signbit(value))) {
    append_json_number(out, static_cast<std::int64_t>(value));
    return;
  }
  std::array<char, 32> buffer;
  const auto [stop, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), stop);
}

void append_json_number(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  const auto [stop, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), stop);
}

bool append_canonical_json(std::string& out, std::string_view text, int max_depth) {
  return valid_utf8(text) && Canonicaliser(out, text, max_depth).run();
}

bool valid_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace tsunagu
