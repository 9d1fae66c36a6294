// SPDX-License-Identifier: Apache-2.0
#include "greeting.h"

#include <parley/error.h>

#include <string_view>
#include <utility>

namespace greeter {

Greeting::Greeting(std::string word, std::size_t maxNameLength)
    : word_(std::move(word)), maxNameLength_(maxNameLength) {}

std::string Greeting::forName(const std::string& name) const {
  if (name.empty() || name.size() > maxNameLength_)
    throw parley::Error(parley::ErrorCode::ValidationFailed,
                        "name must have 1 to " + std::to_string(maxNameLength_) + " bytes",
                        {"greeter.nameLength", {{"bytes", std::to_string(maxNameLength_)}}});
  return word_ + ", " + name + "!";
}

std::string Greeting::inText(const std::string& text) const {
  constexpr std::string_view command = "/greet ";
  return text.starts_with(command) ? forName(text.substr(command.size())) : text;
}

}  // namespace greeter
