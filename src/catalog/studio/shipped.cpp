#include "catalog/studio/shipped.h"

namespace tsunagu::catalog {

std::string_view shipped_file(std::string_view path) {
  for (const auto& [name, text] : shipped_files()) {
    if (name == path) return text;
  }
  return {};
}

}  // namespace tsunagu::catalog
