// Where the real data for tests are, read in place. Tests that need them skip where they are not.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tsunagu::catalog {

inline std::filesystem::path shared_data() {
  const char* told = std::getenv("TSUNAGU_SHARED");
  return std::filesystem::path(told != nullptr ? told : std::string(TSUNAGU_SOURCE_DIR) + "/../shared/data");
}

}  // namespace tsunagu::catalog

#define NEEDS_SHARED_DATA()                                                       \
  if (!std::filesystem::exists(::tsunagu::catalog::shared_data() / "SOURCES.md")) \
  GTEST_SKIP() << "no shared data at " << ::tsunagu::catalog::shared_data() << " (TSUNAGU_SHARED)"
