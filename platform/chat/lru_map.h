// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace parley::chat {

/// A map by text key that remembers the order of use. Not synchronised.
template <typename Value>
class LruMap {
 public:
  /// The value, which counts as used now; null when there is none. Valid until the next change.
  Value* find(const std::string& key) {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  /// Sets the value of a key, which counts as used now.
  Value& put(const std::string& key, Value value) {
    if (Value* known = find(key)) return *known = std::move(value);
    order_.emplace_front(key, std::move(value));
    byKey_.emplace(key, order_.begin());
    return order_.front().second;
  }

  /// Removes from the least recently used end until `capacity` remain, passing over values that `removable` spares.
  template <typename Removable>
  void shrink(std::size_t capacity, Removable removable) {
    shrinkWhile([&] { return order_.size() > capacity; }, removable);
  }

  /// As long as there is `tooMuch`, which is asked before each removal.
  template <typename TooMuch, typename Removable>
  void shrinkWhile(TooMuch tooMuch, Removable removable) {
    for (auto at = order_.end(); at != order_.begin() && tooMuch();) {
      --at;
      if (!removable(at->second)) continue;
      byKey_.erase(at->first);
      at = order_.erase(at);
    }
  }

  void erase(const std::string& key) {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return;
    order_.erase(found->second);
    byKey_.erase(found);
  }

  std::size_t size() const { return order_.size(); }

 private:
  std::list<std::pair<std::string, Value>> order_;  ///< the most recently used first
  std::unordered_map<std::string, typename std::list<std::pair<std::string, Value>>::iterator> byKey_;
};

}  // namespace parley::chat
