// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace greeter {

/// How this plugin greets: plain code that knows nothing of the server, and is as easily tested.
class Greeting {
 public:
  Greeting(std::string word, std::size_t maxNameLength);

  /// "Hello, Ann!". Throws parley::Error VALIDATION_FAILED when the name is empty or too long.
  std::string forName(const std::string& name) const;

  /// The text with a leading "/greet name" replaced by the greeting; other text as it is.
  std::string inText(const std::string& text) const;

 private:
  std::string word_;
  std::size_t maxNameLength_;
};

}  // namespace greeter
