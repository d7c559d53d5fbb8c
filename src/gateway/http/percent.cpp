#include "gateway/http/percent.h"

#include <cstddef>

#include "base/json.h"

namespace tsunagu::gateway {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool percent_decode(std::string_view text, Plus plus, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex(text[i + 1]);
      const int low = hex(text[i + 2]);
      if (high < 0 || low < 0 || (high | low) == 0) return false;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '\0') {
      return false;
    } else {
      out += c == '+' && plus == Plus::kSpace ? ' ' : c;
    }
  }
  return valid_utf8(out);
}

}  // namespace tsunagu::gateway
