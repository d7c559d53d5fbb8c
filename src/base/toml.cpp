#include "base/toml.h"

#include <fmt/format.h>

namespace tsunagu {

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return bad(fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

}  // namespace tsunagu
