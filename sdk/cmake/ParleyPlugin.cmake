# SPDX-License-Identifier: Apache-2.0
# parley_add_plugin(<name> SOURCES … [CONFIG config.json] [TEXTS texts.json] [LINKS …] [OUTPUT_DIRECTORY folder])
#
# Builds <name>.so with the target plugin_<name>: nothing exported but the entry, no GNU-unique symbols (they would keep
# the library mapped for ever), and config.json and texts.json embedded. In Parley's own tree it is made in <build>/plugins and shares
# one precompiled header with all plugins there; elsewhere in the current binary directory.
function(parley_add_plugin name)
  cmake_parse_arguments(ARG "" "CONFIG;TEXTS;OUTPUT_DIRECTORY" "SOURCES;LINKS" ${ARGN})
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "parley_add_plugin: the name '${name}' must be of a-z 0-9 _ and start with a letter")
  endif()
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "parley_add_plugin(<name> SOURCES … [CONFIG config.json] [TEXTS texts.json] [LINKS …])")
  endif()
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(ARG_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    if(TARGET parley_plugin_pch)
      set(ARG_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    endif()
  endif()

  set(target plugin_${name})
  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  _parley_embed_json(${name} config "${ARG_CONFIG}" config)
  _parley_embed_json(${name} texts "${ARG_TEXTS}" texts)
  add_library(${target} MODULE ${ARG_SOURCES} ${config} ${texts})
  target_link_libraries(${target} PRIVATE Parley::sdk ${ARG_LINKS})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX ".so" NO_SONAME ON DEFINE_SYMBOL ""
    LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIRECTORY}
    LINK_DEPENDS ${exports})
  _parley_plugin_options(${target})
  target_link_options(${target} PRIVATE LINKER:--version-script=${exports})
  if(NOT PARLEY_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
  if(TARGET parley_plugin_pch)
    target_precompile_headers(${target} REUSE_FROM parley_plugin_pch)
  endif()
endfunction()

# What every plugin, and the precompiled header that plugins share, is compiled with.
function(_parley_plugin_options target)
  target_compile_options(${target} PRIVATE -fPIC -fvisibility=hidden -fvisibility-inlines-hidden
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
endfunction()

# Turns a JSON file into a source file that defines parley_plugin_<what>; without one it is an empty object.
function(_parley_embed_json name what file result)
  set(json "{}")
  if(file)
    get_filename_component(file ${file} ABSOLUTE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} json)
  endif()
  string(JSON type ERROR_VARIABLE error TYPE "${json}")
  if(error OR NOT type STREQUAL "OBJECT")
    message(FATAL_ERROR "${file}: not a JSON object. ${error}")
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_${what}.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
extern "C" const char parley_plugin_@what@[];
const char parley_plugin_@what@[] = R"parley(@json@)parley";
]])
  set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  set(${result} ${source} PARENT_SCOPE)
endfunction()
