# Compiler, linker and cache settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

option(TSUNAGU_WERROR "Warnings are errors" ON)
set(TSUNAGU_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")
option(TSUNAGU_TOGETHER "Compile several sources as one, which is quicker the first time and slower after a change" OFF)
if(TSUNAGU_SANITIZE)
  set(TSUNAGU_TOGETHER ON)
endif()
option(TSUNAGU_COVERAGE "Instrument for coverage" OFF)
option(TSUNAGU_LIBFUZZER "Link the fuzzers with libFuzzer (clang) instead of the replay program" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -pthread)  # -pthread everywhere: the precompiled header must agree with it
if(TSUNAGU_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees faults inside std::string and std::optional that are not there (its bugs 105329, 105651, 80635).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(TSUNAGU_SANITIZE)
  # -g1: line numbers are all that their reports need, and compile faster than full debug information.
  add_compile_options(-fsanitize=${TSUNAGU_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${TSUNAGU_SANITIZE})
  if(TSUNAGU_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-Wno-tsan)  # Asio uses fences, which g++ tells it cannot follow
  endif()
endif()
# Test sources are large and run once: optimizing them costs more than it gains.
set(TSUNAGU_TEST_OPTIONS -O0 -g1)
# Nor does it gain anything where little is computed; clang needs twice as long to optimize what is sanitized.
set(TSUNAGU_UNOPTIMIZED "")
if(TSUNAGU_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  set(TSUNAGU_UNOPTIMIZED catalog things automation gateway app)
endif()
if(TSUNAGU_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(TSUNAGU_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(TSUNAGU_MOLD mold)
if(TSUNAGU_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)

find_program(TSUNAGU_CCACHE ccache)
if(TSUNAGU_CCACHE AND NOT TSUNAGU_COVERAGE)
  # What ccache needs to be told before it may cache objects that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TSUNAGU_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

# Boost is used as headers only; Debian 12 carries two versions.
function(tsunagu_require_boost at_least)
  find_path(TSUNAGU_BOOST_INCLUDE boost/version.hpp REQUIRED)
  file(STRINGS ${TSUNAGU_BOOST_INCLUDE}/boost/version.hpp line REGEX "^#define BOOST_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+" version "${line}")
  if(version LESS at_least)
    message(FATAL_ERROR "Boost ${version} is too old: install libboost1.81-dev (scripts/setup.sh does)")
  endif()
endfunction()
