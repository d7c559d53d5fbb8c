#include "ngsi/cursor.h"

#include <algorithm>

namespace tsunagu::ngsi {

namespace {

void append_utf8(std::string& out, unsigned c) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

}  // namespace

bool Cursor::fail_at(std::size_t position, std::string_view message, ErrorCode code) {
  if (failed_) return false;
  failed_ = true;
  position = std::min(position, text_.size());
  const auto before = text_.substr(0, position);
  const auto characters = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; });
  error_.code = code;
  error_.detail.append(what_).append(": ").append(message);
  error_.detail.append(" (at character ").append(std::to_string(characters + 1)).append(")");
  return false;
}

bool Cursor::too_complex(std::string_view message) {
  return fail_at(at_, message, ErrorCode::kTooComplexQuery);
}

bool Cursor::hex4(unsigned& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = peek();
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return fail("\\u needs four hexadecimal digits");
    }
    out = out * 16 + digit;
    ++at_;
  }
  return true;
}

bool Cursor::escape(std::string& out) {
  const char c = peek();
  ++at_;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out.push_back(c);
      return true;
    case 'b':
      out.push_back('\b');
      return true;
    case 'f':
      out.push_back('\f');
      return true;
    case 'n':
      out.push_back('\n');
      return true;
    case 'r':
      out.push_back('\r');
      return true;
    case 't':
      out.push_back('\t');
      return true;
    case 'u': {
      unsigned code;
      if (!hex4(code)) return false;
      if (code >= 0xDC00 && code < 0xE000) return fail("half of a surrogate pair");
      if (code >= 0xD800 && code < 0xDC00) {
        unsigned low;
        if (!take("\\u") || !hex4(low) || low < 0xDC00 || low >= 0xE000) return fail("half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
      append_utf8(out, code);
      return true;
    }
    default:
      --at_;
      return fail("unknown escape in a quoted text");
  }
}

bool Cursor::quoted(std::string& out) {
  const std::size_t start = at_;
  if (!take("\"")) return fail("expected a quoted text");
  for (;;) {
    const auto next = text_.find_first_of("\"\\", at_);
    if (next == std::string_view::npos) return fail_at(start, "this quotation mark is never closed");
    out.append(text_.substr(at_, next - at_));
    at_ = next + 1;
    if (text_[next] == '"') return true;
    if (!escape(out)) return false;
  }
}

}  // namespace tsunagu::ngsi
