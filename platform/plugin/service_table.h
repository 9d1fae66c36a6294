// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace parley::plugin {

/// What plugins offer each other, by name. [any thread]
class ServiceTable {
 public:
  using Function = std::function<Json(const Json&)>;

  /// Throws CONFLICT, naming both plugins, when the name is taken.
  void add(const std::string& service, const std::string& owner, Function function);
  void remove(const std::string& service);

  bool has(const std::string& service) const;
  /// Throws FEATURE_DISABLED when nobody offers it. [worker]
  Json call(const std::string& service, const Json& argument) const;

 private:
  struct Entry {
    std::string owner;
    Function function;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Entry>> entries_;
};

}  // namespace parley::plugin
