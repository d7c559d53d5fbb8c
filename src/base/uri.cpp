#include "base/uri.h"

#include <array>

namespace tsunagu {
namespace {

enum Kind : unsigned char { kNever = 0, kScheme = 1, kAnywhere = 2, kBeyondAscii = 4 };

constexpr std::array<unsigned char, 256> kKinds = [] {
  std::array<unsigned char, 256> kinds{};
  const auto mark = [&kinds](std::string_view characters, unsigned char kind) {
    for (const char c : characters) kinds[static_cast<unsigned char>(c)] |= kind;
  };
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  mark(kLetters, kScheme | kAnywhere);
  mark("0123456789+-.", kScheme | kAnywhere);
  mark(":/?#[]@!$&'()*,;=_~", kAnywhere);
  for (std::size_t c = 0x80; c < 0x100; ++c) kinds[c] = kBeyondAscii;
  return kinds;
}();

bool is(char c, unsigned char kind) {
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

bool is_letter(char c) {
  return static_cast<unsigned char>((c | 0x20) - 'a') < 26;
}

bool is_hex(char c) {
  return static_cast<unsigned char>(c - '0') < 10 || static_cast<unsigned char>((c | 0x20) - 'a') < 6;
}

// Length of the scheme without its colon; 0 when there is none.
std::size_t scheme_length(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return 0;
  std::size_t i = 1;
  while (i < text.size() && is(text[i], kScheme)) ++i;
  return i < text.size() && text[i] == ':' ? i : 0;
}

bool is_absolute(std::string_view text, unsigned char allowed) {
  const std::size_t scheme = scheme_length(text);
  if (scheme == 0 || scheme + 1 == text.size()) return false;
  for (std::size_t i = scheme + 1; i < text.size(); ++i) {
    if (is(text[i], allowed)) continue;
    if (text[i] != '%' || text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

struct Parts {
  std::string_view scheme;     // with ':'
  std::string_view authority;  // with "//"
  std::string_view path;
  std::string_view query;     // with '?'
  std::string_view fragment;  // with '#'
};

Parts split(std::string_view text) {
  Parts parts;
  const auto take = [&text](std::size_t count) {
    const std::string_view head = text.substr(0, count);
    text.remove_prefix(head.size());
    return head;
  };
  if (const std::size_t scheme = scheme_length(text); scheme != 0) parts.scheme = take(scheme + 1);
  if (text.starts_with("//")) parts.authority = take(text.find_first_of("/?#", 2));
  parts.path = take(text.find_first_of("?#"));
  parts.query = take(text.find('#'));
  parts.fragment = text;
  return parts;
}

std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else if (path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path.size() == 3 ? "/" : path.substr(3);
      out.erase(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const std::string_view segment = path.substr(0, path.find('/', 1));
      out += segment;
      path.remove_prefix(segment.size());
    }
  }
  return out;
}

}  // namespace

bool is_absolute_uri(std::string_view text) {
  return is_absolute(text, kAnywhere);
}

bool is_absolute_iri(std::string_view text) {
  return is_absolute(text, kAnywhere | kBeyondAscii);
}

std::string resolve_uri(std::string_view base_text, std::string_view reference) {
  const Parts base = split(base_text);
  Parts target = split(reference);
  std::string path;
  if (!target.scheme.empty() || !target.authority.empty()) {
    path = without_dot_segments(target.path);
  } else if (target.path.empty()) {
    path = base.path;
    if (target.query.empty()) target.query = base.query;
  } else if (target.path.front() == '/') {
    path = without_dot_segments(target.path);
  } else {
    const bool only_authority = !base.authority.empty() && base.path.empty();
    const std::string_view folder = only_authority ? "/" : base.path.substr(0, base.path.rfind('/') + 1);
    path = without_dot_segments(std::string(folder) + std::string(target.path));
  }
  if (target.scheme.empty() && target.authority.empty()) target.authority = base.authority;
  if (target.scheme.empty()) target.scheme = base.scheme;
  std::string out(target.scheme);
  out.append(target.authority).append(path).append(target.query).append(target.fragment);
  return out;
}

}  // namespace tsunagu
