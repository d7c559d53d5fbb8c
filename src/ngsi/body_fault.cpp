// Where and why a text is not JSON. Slow and thorough: runs only after the fast parser has refused the text.
#include <cmath>
#include <cstdlib>

#include "ngsi/body_json.h"

namespace tsunagu::ngsi {

namespace {

class FaultFinder {
 public:
  FaultFinder(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  std::string find() {
    skip_space();
    if (value(1)) {
      skip_space();
      if (at_ < text_.size()) fault("nothing may follow the JSON value");
    }
    if (reason_.empty()) return "it cannot be read";
    return place() + ": " + reason_;
  }

 private:
  bool fault(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }
  bool unexpected(const std::string& wanted) {
    if (at_ >= text_.size()) return fault("the text ends where " + wanted + " is expected");
    return fault(wanted + " is expected");
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }

  bool value(int depth) {
    switch (peek()) {
      case '{':
      case '[':
        if (depth > max_depth_) return fault("it nests deeper than " + std::to_string(max_depth_) + " levels");
        return peek() == '{' ? object(depth) : array(depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool object(int depth) {
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, true;
    while (true) {
      skip_space();
      if (peek() != '"') return unexpected("a member name in double quotes");
      if (!string()) return false;
      skip_space();
      if (peek() != ':') return unexpected("':'");
      ++at_;
      skip_space();
      if (!value(depth + 1)) return false;
      skip_space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return unexpected("',' or '}'");
      ++at_;
    }
  }

  bool array(int depth) {
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      skip_space();
      if (!value(depth + 1)) return false;
      skip_space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return unexpected("',' or ']'");
      ++at_;
    }
  }

  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return unexpected("a JSON value");
    at_ += w.size();
    return true;
  }

  std::size_t digits() {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - from;
  }

  bool number() {
    const std::size_t from = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
      if (peek() >= '0' && peek() <= '9') return fault("a number may not begin with 0");
    } else if (digits() == 0) {
      return unexpected(from == at_ ? "a JSON value" : "a digit");
    }
    if (peek() == '.') {
      ++at_;
      if (digits() == 0) return unexpected("a digit");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (digits() == 0) return unexpected("a digit");
    }
    const double size = std::strtod(std::string(text_.substr(from, at_ - from)).c_str(), nullptr);
    if (std::isinf(size)) {
      at_ = from;
      return fault("the number is too big");
    }
    return true;
  }

  int hex4() {
    int value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      if (c >= '0' && c <= '9')
        value = value * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f')
        value = value * 16 + (c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        value = value * 16 + (c - 'A' + 10);
      else
        return -1;
    }
    return value;
  }

  bool escape() {
    ++at_;
    constexpr std::string_view kShort = "\"\\/bfnrt";
    if (kShort.find(peek()) != std::string_view::npos && at_ < text_.size()) return ++at_, true;
    if (peek() != 'u') return fault("an unknown escape: use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    ++at_;
    const int high = hex4();
    if (high < 0) return unexpected("a hexadecimal digit");
    if (high < 0xd800 || high > 0xdfff) return true;
    if (high < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const int low = hex4();
      if (low >= 0xdc00 && low <= 0xdfff) return true;
    }
    return fault("half a surrogate pair is no character");
  }

  // Moves over one character beyond ASCII.
  bool character() {
    const auto byte = [this](std::size_t i) {
      return at_ + i < text_.size() ? static_cast<unsigned char>(text_[at_ + i]) : 0u;
    };
    const unsigned lead = byte(0);
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    unsigned code = lead & (0x3fu >> more);
    bool good = lead >= 0xc2 && lead <= 0xf4;
    for (std::size_t i = 1; i <= more; ++i) {
      good = good && (byte(i) & 0xc0u) == 0x80u;
      code = code << 6 | (byte(i) & 0x3fu);
    }
    constexpr unsigned kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (!good || code < kLeast[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return fault("the text is not UTF-8 (save it as UTF-8, not Shift_JIS or another encoding)");
    at_ += more + 1;
    return true;
  }

  bool string() {
    const std::size_t from = at_++;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') return ++at_, true;
      if (c < 0x20) return fault("a control character in a string must be written as an escape (\\n, \\u0001)");
      if (c == '\\' ? !escape() : c < 0x80 ? (++at_, false) : !character()) return false;
    }
    at_ = from;
    return fault("a string that does not end");
  }

  std::string place() const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xc0u) != 0x80u) {
        ++column;
      }
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }

  std::string_view text_;
  int max_depth_;
  std::size_t at_ = 0;
  std::string reason_;
};

}  // namespace

std::string json_fault(std::string_view text, int max_depth) {
  return FaultFinder(text, max_depth).find();
}

}  // namespace tsunagu::ngsi
