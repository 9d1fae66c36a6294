// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley::plugin {

/// The counters and gauges of plugins. A metric is there as long as somebody has it. [any thread]
class MetricTable {
 public:
  struct Sample {
    std::string name;  ///< `parley_<plugin>_<name>`
    std::string help;
    double value;
  };

  /// The metric of that name; the same one when the plugin asks for it again. CONFLICT when another plugin's has the
  /// same full name.
  std::shared_ptr<Metric> add(const std::string& plugin, const std::string& name, const std::string& help);
  /// By name.
  std::vector<Sample> samples() const;

 private:
  class Value;
  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Value>> values_;
};

}  // namespace parley::plugin
