# Two precompiled headers, each built once and used by every target: one for the program, one for the tests.
function(tsunagu_precompiled_headers)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  set(standard <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional>
      <span> <string> <string_view> <thread> <unordered_map> <unordered_set> <utility> <variant> <vector>
      <fmt/format.h> <tl/expected.hpp>)
  add_library(tsunagu_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(tsunagu_precompiled PRIVATE fmt::fmt)
  target_precompile_headers(tsunagu_precompiled PRIVATE ${standard})

  find_package(GTest REQUIRED)
  add_library(tsunagu_test_precompiled OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(tsunagu_test_precompiled PRIVATE fmt::fmt GTest::gtest GTest::gmock)
  target_compile_options(tsunagu_test_precompiled PRIVATE ${TSUNAGU_TEST_OPTIONS})
  target_precompile_headers(tsunagu_test_precompiled PRIVATE ${standard} <gtest/gtest.h> <gmock/gmock.h>)
endfunction()
