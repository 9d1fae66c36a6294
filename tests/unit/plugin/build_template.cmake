# SPDX-License-Identifier: Apache-2.0
# Does what an integrator does: installs the SDK, copies the template somewhere else, builds it there.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGV}")
  endif()
endfunction()

file(REMOVE_RECURSE ${OUTSIDE})
run(${CMAKE_COMMAND} --install ${TREE} --component sdk --prefix ${OUTSIDE}/prefix)

# What the README of the SDK leads to is there.
set(documents ${OUTSIDE}/prefix/share/parley)
file(READ ${documents}/README.md readme)
string(REPLACE "](" "@(" readme "${readme}")  # a bracket keeps a list together
string(REGEX MATCHALL "@\\([a-z_./]+\\)" links "${readme}")
if(NOT links)
  message(FATAL_ERROR "${documents}/README.md has no links")
endif()
foreach(link IN LISTS links)
  string(REGEX REPLACE "^..(.*).$" "\\1" link "${link}")
  if(NOT EXISTS ${documents}/${link})
    message(FATAL_ERROR "${documents}/README.md leads to ${link}, which is not installed")
  endif()
endforeach()

file(COPY ${documents}/template DESTINATION ${OUTSIDE})
set(flags "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all")
endif()
run(${CMAKE_COMMAND} -S ${OUTSIDE}/template -B ${OUTSIDE}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${OUTSIDE}/prefix
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${flags} -DPARLEY_SANITIZE=${SANITIZE})
run(${CMAKE_COMMAND} --build ${OUTSIDE}/build)
