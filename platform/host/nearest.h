// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace parley::host {

/// The most similar of `known`, by edits and without case; empty when none is close enough to be meant.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace parley::host
