// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::plugin {

/// What the running plugins hold about users. [worker]
class DataSubjects {
 public:
  struct Part {
    std::function<DataPage(const std::string& userId, const std::string& from)> exportData;
    std::function<void(const std::string& userId)> eraseData;
  };

  void add(const std::string& plugin, Part part);
  void remove(const std::string& plugin);
  /// `then` is called for each that is added from now on. It must not wait.
  void onAdded(std::function<void(const std::string& plugin)> then);

  /// Those that have a part, by name.
  std::vector<std::string> plugins() const;
  /// As Scope::dataSubject says. Both throw what the plugin does, and FEATURE_DISABLED when it runs no more.
  DataPage exportPage(const std::string& plugin, const std::string& userId, const std::string& from) const;
  void erase(const std::string& plugin, const std::string& userId) const;

 private:
  std::shared_ptr<const Part> partOf(const std::string& plugin) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Part>> parts_;
  std::function<void(const std::string& plugin)> onAdded_;
};

}  // namespace parley::plugin
