// SPDX-License-Identifier: Apache-2.0
#include "chat/type_names.h"

namespace parley::chat {

TypeNames::TypeNames(std::initializer_list<const char*> always) {
  for (const auto* type : always) holders_.emplace(type, 1);
}

void TypeNames::allow(const std::string& type) {
  const std::lock_guard lock(mutex_);
  ++holders_[type];
}

void TypeNames::remove(const std::string& type) {
  const std::lock_guard lock(mutex_);
  const auto found = holders_.find(type);
  if (found != holders_.end() && --found->second == 0) holders_.erase(found);
}

bool TypeNames::allowed(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  return holders_.contains(type);
}

std::string TypeNames::list() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [type, holders] : holders_) text += (text.empty() ? "" : ", ") + type;
  return text;
}

}  // namespace parley::chat
