// SPDX-License-Identifier: Apache-2.0
#include "plugin/metric_table.h"

#include <atomic>

namespace parley::plugin {

class MetricTable::Value final : public Metric {
 public:
  Value(std::string plugin, std::string help) : plugin_(std::move(plugin)), help_(std::move(help)) {}
  void add(double by) override { value_.fetch_add(by, std::memory_order_relaxed); }
  void set(double value) override { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }
  const std::string& plugin() const { return plugin_; }
  const std::string& help() const { return help_; }

 private:
  const std::string plugin_;
  const std::string help_;
  std::atomic<double> value_{0};
};

std::shared_ptr<Metric> MetricTable::add(const std::string& plugin, const std::string& name, const std::string& help) {
  const auto fullName = "parley_" + plugin + "_" + name;
  const std::lock_guard lock(mutex_);
  std::erase_if(values_, [](const auto& item) { return item.second.expired(); });
  auto& known = values_[fullName];
  auto value = known.lock();
  if (value && value->plugin() != plugin)
    throw Error(ErrorCode::Conflict,
                "metric " + name + " of " + plugin + " is " + fullName + ", as one of " + value->plugin());
  if (!value) known = value = std::make_shared<Value>(plugin, help);
  return value;
}

std::vector<MetricTable::Sample> MetricTable::samples() const {
  const std::lock_guard lock(mutex_);
  std::vector<Sample> samples;
  for (const auto& [name, known] : values_)
    if (const auto value = known.lock()) samples.push_back({name, value->help(), value->value()});
  return samples;
}

}  // namespace parley::plugin
