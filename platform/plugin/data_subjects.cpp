// SPDX-License-Identifier: Apache-2.0
#include "plugin/data_subjects.h"

#include <parley/error.h>

#include <utility>

namespace parley::plugin {

void DataSubjects::add(const std::string& plugin, Part part) {
  const std::lock_guard lock(mutex_);
  parts_[plugin] = std::make_shared<const Part>(std::move(part));
}

void DataSubjects::remove(const std::string& plugin) {
  const std::lock_guard lock(mutex_);
  parts_.erase(plugin);
}

std::map<std::string, std::shared_ptr<const DataSubjects::Part>> DataSubjects::parts() const {
  const std::lock_guard lock(mutex_);
  return parts_;
}

JsonObject DataSubjects::exportAll(const std::string& userId) const {
  JsonObject all;
  for (const auto& [plugin, part] : parts()) {
    auto data = part->exportData(userId);
    if (!data.is_null()) all[plugin] = std::move(data);
  }
  return all;
}

std::vector<std::string> DataSubjects::eraseAll(const std::string& userId) const {
  std::vector<std::string> failed;
  for (const auto& [plugin, part] : parts()) {
    try {
      part->eraseData(userId);
    } catch (const Error&) {  // logged where it happened
      failed.push_back(plugin);
    }
  }
  return failed;
}

}  // namespace parley::plugin
