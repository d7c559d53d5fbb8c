# How a folder becomes a target.

# tsunagu_library(<folder> [DEPENDS <folders>] [LINK <libs>] [PRIVATE_LINK <libs>])
# Target tsunagu_<folder> from src/<folder>/**.cpp. Its only include root is a generated folder that holds one link,
# <folder> -> src/<folder>, so "#include "x/y.h"" compiles only where x is the folder itself or is reached by DEPENDS.
# main.cpp is left out: it belongs to the program. A folder without sources is an INTERFACE library.
function(tsunagu_library folder)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINK;PRIVATE_LINK" ${ARGN})
  set(source_dir ${PROJECT_SOURCE_DIR}/src/${folder})
  set(include_root ${CMAKE_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${source_dir} ${include_root})
  file(CREATE_LINK ${source_dir} ${include_root}/${folder} SYMBOLIC)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${source_dir}/*.cpp)
  list(REMOVE_ITEM sources ${source_dir}/main.cpp)
  list(TRANSFORM arg_DEPENDS PREPEND tsunagu_)

  set(target tsunagu_${folder})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${include_root})
    target_link_libraries(${target} PUBLIC ${arg_DEPENDS} ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
    target_precompile_headers(${target} REUSE_FROM tsunagu_precompiled)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${include_root})
    target_link_libraries(${target} INTERFACE ${arg_DEPENDS} ${arg_LINK})
  endif()
endfunction()

# Tells `source` the version of the project and the commit it is built from.
function(tsunagu_version source)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --short=12 HEAD
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT commit)
    set(commit unknown)
  endif()
  set_source_files_properties(${source} PROPERTIES
      COMPILE_DEFINITIONS "TSUNAGU_VERSION=\"${PROJECT_VERSION}\";TSUNAGU_COMMIT=\"${commit}\"")
endfunction()

# The program `tsunagu`: src/app/main.cpp over tsunagu_app.
function(tsunagu_program)
  file(GLOB main CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/app/main.cpp)
  if(main)
    add_executable(tsunagu ${main})
    target_link_libraries(tsunagu PRIVATE tsunagu_app fmt::fmt)
    target_precompile_headers(tsunagu REUSE_FROM tsunagu_precompiled)
  endif()
endfunction()

function(tsunagu_test_program target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${target} PRIVATE TSUNAGU_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_LINK} fmt::fmt GTest::gtest GTest::gtest_main GTest::gmock)
  target_compile_options(${target} PRIVATE ${TSUNAGU_TEST_OPTIONS})
  target_precompile_headers(${target} REUSE_FROM tsunagu_test_precompiled)
  add_test(NAME ${target} COMMAND ${target} --gtest_brief=1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_property(GLOBAL APPEND PROPERTY tsunagu_test_programs ${target})
endfunction()

# One test program per folder: tests/unit/<folder>/**.cpp -> test_<folder>.
function(tsunagu_tests)
  find_path(TSUNAGU_RAPIDCHECK rapidcheck.h)
  find_library(TSUNAGU_RAPIDCHECK_LIBRARY rapidcheck)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${folder}/*.cpp)
    if(sources)
      set(link tsunagu_${folder})
      if(TSUNAGU_RAPIDCHECK_LIBRARY)
        list(APPEND link ${TSUNAGU_RAPIDCHECK_LIBRARY})
      endif()
      tsunagu_test_program(test_${folder} SOURCES ${sources} LINK ${link})
    endif()
  endforeach()
endfunction()

# tests/contract/**.cpp -> test_contract: what every Store must do.
function(tsunagu_contract_test)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/contract/*.cpp)
  if(sources)
    list(TRANSFORM ARGN PREPEND tsunagu_)
    tsunagu_test_program(test_contract SOURCES ${sources} LINK ${ARGN})
  endif()
endfunction()

# `tests` builds every test program; the structure test needs no building.
function(tsunagu_structure_test)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME structure COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tests/structure/check.py ${PROJECT_SOURCE_DIR})
  add_custom_target(tests)
  get_property(programs GLOBAL PROPERTY tsunagu_test_programs)
  if(programs)
    add_dependencies(tests ${programs})
  endif()
endfunction()

# bench/<name>.cpp -> bench_<name>.
function(tsunagu_benchmarks)
  list(TRANSFORM ARGN PREPEND tsunagu_)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
  add_custom_target(benchmarks)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(bench_${name} PRIVATE ${ARGN} fmt::fmt)
    target_precompile_headers(bench_${name} REUSE_FROM tsunagu_precompiled)
    add_dependencies(benchmarks bench_${name})
  endforeach()
endfunction()

# tests/fuzz/<name>.cpp (an LLVMFuzzerTestOneInput) -> fuzz_<name>: with libFuzzer in preset asan, elsewhere with a main
# that replays the files and folders it is given.
function(tsunagu_fuzzers)
  list(TRANSFORM ARGN PREPEND tsunagu_)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*.cpp)
  add_custom_target(fuzzers)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(fuzz_${name} PRIVATE ${ARGN} fmt::fmt)
    target_precompile_headers(fuzz_${name} REUSE_FROM tsunagu_precompiled)
    if(TSUNAGU_LIBFUZZER)
      target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    endif()
    add_dependencies(fuzzers fuzz_${name})
  endforeach()
endfunction()

# Compiles the files of `folder` (relative to the source folder) into target tsunagu_<target>; see embed.cmake.
function(tsunagu_embed target namespace folder)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*)
  string(MAKE_C_IDENTIFIER ${folder} name)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
  add_custom_command(OUTPUT ${out} DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM
                     COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace} "-DFILES=${files}"
                             -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  target_sources(tsunagu_${target} PRIVATE ${out})
endfunction()
