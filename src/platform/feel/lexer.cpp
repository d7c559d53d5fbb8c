#include "platform/feel/lexer.h"

#include <algorithm>

namespace tsunagu::platform::feel {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Bytes of the white space at the front: ASCII, and what Unicode has besides.
std::size_t space_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) == ' ' || (byte(0) >= '\t' && byte(0) <= '\r')) return 1;
  if (byte(0) == 0xC2 && (byte(1) == 0x85 || byte(1) == 0xA0)) return 2;
  if (byte(0) == 0xE1 && ((byte(1) == 0x9A && byte(2) == 0x80) || (byte(1) == 0xA0 && byte(2) == 0x8E))) return 3;
  if (byte(0) == 0xE2 && byte(1) == 0x80 &&
      ((byte(2) >= 0x80 && byte(2) <= 0x8B) || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF)) {
    return 3;
  }
  if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) == 0x9F) return 3;
  if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) return 3;
  if (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return 3;
  return 0;
}

class Lexer {
 public:
  Lexer(std::string_view source, std::string& fault, std::uint32_t& fault_at)
      : source_(source), fault_(fault), fault_at_(fault_at) {}

  std::vector<Token> run() {
    while (skip_space() && fault_.empty()) next();
    Token end;
    end.at = static_cast<std::uint32_t>(source_.size());
    tokens_.push_back(std::move(end));
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void refuse(std::size_t at, std::string why) {
    if (!fault_.empty()) return;
    fault_ = std::move(why);
    fault_at_ = static_cast<std::uint32_t>(at);
    at_ = source_.size();
  }

  /// False at the end of the source.
  bool skip_space() {
    while (at_ < source_.size()) {
      if (const std::size_t space = space_at(source_.substr(at_)); space != 0) {
        at_ += space;
      } else if (peek() == '/' && peek(1) == '/') {
        at_ = std::min(source_.find_first_of("\n\r", at_), source_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        const std::size_t end = source_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          refuse(at_, "the comment does not end");
          return false;
        }
        at_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  void add(Token::Kind kind, std::size_t size, std::string content = {}) {
    tokens_.push_back({kind, source_.substr(at_, size), static_cast<std::uint32_t>(at_), std::move(content)});
    at_ += size;
  }

  void next() {
    const char c = peek();
    if (digit(c) || (c == '.' && digit(peek(1)))) return add(Token::Kind::kNumber, number_size());
    if (letter(c)) {
      std::size_t size = 0;
      while (letter(peek(size)) || digit(peek(size))) {
        if (size != 0 && space_at(source_.substr(at_ + size)) != 0) break;
        ++size;
      }
      return add(Token::Kind::kName, size);
    }
    if (c == '"') return string();
    for (const std::string_view sign : {"..", "**", "<=", ">=", "!=", "->"}) {
      if (source_.substr(at_).starts_with(sign)) return add(Token::Kind::kSign, sign.size());
    }
    add(Token::Kind::kSign, 1);
  }

  std::size_t number_size() const {
    std::size_t size = 0;
    while (digit(peek(size))) ++size;
    if (peek(size) == '.' && digit(peek(size + 1))) {
      ++size;
      while (digit(peek(size))) ++size;
    }
    if (peek(size) == 'e' || peek(size) == 'E') {
      const std::size_t sign = peek(size + 1) == '+' || peek(size + 1) == '-' ? 2 : 1;
      if (digit(peek(size + sign))) {
        size += sign;
        while (digit(peek(size))) ++size;
      }
    }
    return size;
  }

  std::optional<std::uint32_t> hex(std::size_t from, std::size_t count) const {
    std::uint32_t out = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      const char c = i < source_.size() ? source_[i] : '\0';
      std::uint32_t value = 0;
      if (digit(c)) {
        value = static_cast<std::uint32_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        value = static_cast<std::uint32_t>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        value = static_cast<std::uint32_t>(c - 'A' + 10);
      } else {
        return std::nullopt;
      }
      out = out * 16 + value;
    }
    return out;
  }

  void string() {
    std::string content;
    std::size_t at = at_ + 1;
    while (at < source_.size() && source_[at] != '"') {
      if (source_[at] != '\\') {
        content += source_[at++];
        continue;
      }
      const char c = at + 1 < source_.size() ? source_[at + 1] : '\0';
      at += 2;
      switch (c) {
        case 'n':
          content += '\n';
          break;
        case 't':
          content += '\t';
          break;
        case 'r':
          content += '\r';
          break;
        case '"':
        case '\'':
        case '\\':
          content += c;
          break;
        case 'u':
        case 'U': {
          const std::size_t count = c == 'u' ? 4 : 6;
          auto code = hex(at, count);
          if (!code) {
            content += '\\';
            content += c;
            break;
          }
          at += count;
          if (*code >= 0xD800 && *code < 0xDC00 && source_.substr(at).starts_with("\\u")) {  // the first half of a pair
            if (const auto second = hex(at + 2, 4); second && *second >= 0xDC00 && *second < 0xE000) {
              code = 0x10000 + ((*code - 0xD800) << 10) + (*second - 0xDC00);
              at += 6;
            }
          }
          append_utf8(content, *code);
          break;
        }
        default:
          content += '\\';
          if (c != '\0') content += c;
      }
    }
    if (at >= source_.size()) return refuse(at_, "the text in quotes does not end");
    add(Token::Kind::kString, at + 1 - at_, std::move(content));
  }

  std::string_view source_;
  std::string& fault_;
  std::uint32_t& fault_at_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

void append_utf8(std::string& out, std::uint32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::vector<Token> tokens_of(std::string_view source, std::string& fault, std::uint32_t& fault_at) {
  if (source.size() > kMaxSource) {
    fault = "the expression is too long";
    source = {};
  }
  return Lexer(source, fault, fault_at).run();
}

std::vector<std::string> parts_of(std::string_view name) {
  std::string fault;
  std::uint32_t at = 0;
  std::vector<std::string> out;
  for (const Token& token : tokens_of(name, fault, at)) {
    if (token.kind != Token::Kind::kEnd) out.emplace_back(token.text);
  }
  return out;
}

}  // namespace tsunagu::platform::feel
