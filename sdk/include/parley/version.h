// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A plugin runs on a host of the same major version whose minor version is not smaller. While major is 0, the minor
/// must be equal.
#define PARLEY_SDK_VERSION_MAJOR 0
#define PARLEY_SDK_VERSION_MINOR 1

#define PARLEY_STRINGIFY_IMPL(x) #x
#define PARLEY_STRINGIFY(x) PARLEY_STRINGIFY_IMPL(x)

#ifdef _GLIBCXX_USE_CXX11_ABI
#define PARLEY_STRING_ABI "-cxx11abi" PARLEY_STRINGIFY(_GLIBCXX_USE_CXX11_ABI)
#else
#define PARLEY_STRING_ABI ""
#endif
#ifdef _GLIBCXX_DEBUG
#define PARLEY_CONTAINER_ABI "-debug"
#else
#define PARLEY_CONTAINER_ABI ""
#endif
/// The C++ ABI a library was built with: Itanium ABI version, libstdc++'s strings and containers.
#define PARLEY_COMPILER_ABI "itanium" PARLEY_STRINGIFY(__GXX_ABI_VERSION) PARLEY_STRING_ABI PARLEY_CONTAINER_ABI
