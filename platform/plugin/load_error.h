// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace parley::plugin {

/// A library cannot be used as a plugin; the text names the file and says why.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace parley::plugin
