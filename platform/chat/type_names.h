// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <mutex>
#include <string>

namespace parley::chat {

/// The values that `messageType`, or `sessionType`, may have now: those given and those that plugins have registered.
/// [any thread]
class TypeNames {
 public:
  explicit TypeNames(std::initializer_list<const char*> always = {});
  /// One more plugin has this type; several may, each removes its own.
  void allow(const std::string& type);
  void remove(const std::string& type);
  bool allowed(const std::string& type) const;
  /// "text, image, …", for the refusal.
  std::string list() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> holders_;
};

}  // namespace parley::chat
