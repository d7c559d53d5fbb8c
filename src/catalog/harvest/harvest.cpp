#include "catalog/harvest/harvest.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/url.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {

std::string harvested_from(std::string_view source, std::string_view key) {
  return std::string(source) + "#" + percent_encode(key);
}

std::string name_of(std::string_view text) {
  std::string name;
  for (char c : nfkc(text)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (good) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > 100) name.resize(100);
  while (name.ends_with('-')) name.pop_back();
  return name.size() < 2 ? std::string() : name;
}

std::string other_name(std::string_view name, std::string_view harvested_from) {
  return fmt::format("{}-{:08x}", name.substr(0, 91), hash64(harvested_from) & 0xFFFFFFFF);
}

}  // namespace tsunagu::catalog
