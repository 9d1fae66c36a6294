// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::plugin {

/// What plugins hold about a user: asked and erased over all of them. [worker]
class DataSubjects {
 public:
  struct Part {
    std::function<Json(const std::string& userId)> exportData;
    std::function<void(const std::string& userId)> eraseData;
  };

  void add(const std::string& plugin, Part part);
  void remove(const std::string& plugin);

  /// One member for each plugin that holds something. Throws the Error of the first plugin that fails.
  JsonObject exportAll(const std::string& userId) const;
  /// Erases in every plugin, also after one has failed; returns the names of those that failed.
  std::vector<std::string> eraseAll(const std::string& userId) const;

 private:
  std::map<std::string, std::shared_ptr<const Part>> parts() const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Part>> parts_;
};

}  // namespace parley::plugin
