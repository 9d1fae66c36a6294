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
file(COPY ${OUTSIDE}/prefix/share/parley/template DESTINATION ${OUTSIDE})
set(flags "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all")
endif()
run(${CMAKE_COMMAND} -S ${OUTSIDE}/template -B ${OUTSIDE}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${OUTSIDE}/prefix
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${flags} -DPARLEY_SANITIZE=${SANITIZE})
run(${CMAKE_COMMAND} --build ${OUTSIDE}/build)
