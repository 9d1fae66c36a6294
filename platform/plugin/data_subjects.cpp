// SPDX-License-Identifier: Apache-2.0
#include "plugin/data_subjects.h"

#include <parley/error.h>

#include <utility>

namespace parley::plugin {

void DataSubjects::add(const std::string& plugin, Part part) {
  std::function<void(const std::string&)> then;
  {
    const std::lock_guard lock(mutex_);
    parts_[plugin] = std::make_shared<const Part>(std::move(part));
    then = onAdded_;
  }
  if (then) then(plugin);
}

void DataSubjects::onAdded(std::function<void(const std::string& plugin)> then) {
  const std::lock_guard lock(mutex_);
  onAdded_ = std::move(then);
}

void DataSubjects::remove(const std::string& plugin) {
  const std::lock_guard lock(mutex_);
  parts_.erase(plugin);
}

std::vector<std::string> DataSubjects::plugins() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [plugin, part] : parts_) names.push_back(plugin);
  return names;
}

std::shared_ptr<const DataSubjects::Part> DataSubjects::partOf(const std::string& plugin) const {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(plugin);
  if (found == parts_.end()) throw Error(ErrorCode::FeatureDisabled, plugin + " was switched off");
  return found->second;
}

DataPage DataSubjects::exportPage(const std::string& plugin, const std::string& userId, const std::string& from) const {
  return partOf(plugin)->exportData(userId, from);
}

void DataSubjects::erase(const std::string& plugin, const std::string& userId) const {
  partOf(plugin)->eraseData(userId);
}

}  // namespace parley::plugin
