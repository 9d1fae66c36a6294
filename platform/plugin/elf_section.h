// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace parley::plugin {

/// The content of a section of a 64-bit ELF shared library for this machine (System V gABI, chapter 4). Reads plain
/// bytes and trusts none of them: throws LoadError (without a file name) when they are not such a file, end too early,
/// or have no such section. The view is into `file`.
std::string_view elfSection(std::string_view file, std::string_view section);

}  // namespace parley::plugin
