# SPDX-License-Identifier: Apache-2.0
# find_package(Parley): the target Parley::sdk and the function parley_add_plugin.
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json)
include(${CMAKE_CURRENT_LIST_DIR}/ParleyTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ParleyPlugin.cmake)
