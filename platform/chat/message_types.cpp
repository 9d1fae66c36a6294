// SPDX-License-Identifier: Apache-2.0
#include "chat/message_types.h"

namespace parley::chat {

MessageTypes::MessageTypes() : holders_{{"text", 1}, {"image", 1}, {"file", 1}, {"voice", 1}} {}

void MessageTypes::allow(const std::string& type) {
  const std::lock_guard lock(mutex_);
  ++holders_[type];
}

void MessageTypes::remove(const std::string& type) {
  const std::lock_guard lock(mutex_);
  const auto found = holders_.find(type);
  if (found != holders_.end() && --found->second == 0) holders_.erase(found);
}

bool MessageTypes::allowed(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  return holders_.contains(type);
}

std::string MessageTypes::list() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [type, holders] : holders_) text += (text.empty() ? "" : ", ") + type;
  return text;
}

}  // namespace parley::chat
