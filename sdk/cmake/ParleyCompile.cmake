# SPDX-License-Identifier: Apache-2.0
# How every target of the tree is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# One way for libraries, plugins and programs, so that they can share a precompiled header.
add_compile_options(-fPIC)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1 -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Inlining std::string's operator+, GCC 12 sees overlaps and overflows that are not there (GCC bug 105651). The
    # debug builds keep these warnings.
    add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-Og -fno-omit-frame-pointer)
endif()
if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
  if(PARLEY_SANITIZE MATCHES undefined)
    # It compares type information by address; the host and a plugin have each their own, on purpose.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
if(PARLEY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# parley_room(name SOURCES … LINKS …): one folder of the platform as a static library that shares the precompiled header.
function(parley_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(parley_${name} STATIC ${ARG_SOURCES})
  target_include_directories(parley_${name} PUBLIC ${CMAKE_SOURCE_DIR}/platform)
  target_link_libraries(parley_${name} PUBLIC Parley::sdk ${ARG_LINKS})
  if(name STREQUAL "base")
    target_precompile_headers(parley_base PRIVATE ${CMAKE_SOURCE_DIR}/platform/base/pch.h)
  else()
    target_precompile_headers(parley_${name} REUSE_FROM parley_base)
  endif()
endfunction()
