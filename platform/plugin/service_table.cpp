// SPDX-License-Identifier: Apache-2.0
#include "plugin/service_table.h"

#include <parley/error.h>

#include <utility>

namespace parley::plugin {

void ServiceTable::add(const std::string& service, const std::string& owner, Function function) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(service);
  if (found != entries_.end())
    throw Error(ErrorCode::Conflict, "service " + service + " of " + owner + " is taken by " + found->second->owner);
  entries_[service] = std::make_shared<const Entry>(Entry{owner, std::move(function)});
}

void ServiceTable::remove(const std::string& service) {
  std::shared_ptr<const Entry> gone;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(service);
  if (found == entries_.end()) return;
  gone = std::move(found->second);
  entries_.erase(found);
}

bool ServiceTable::has(const std::string& service) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(service);
}

Json ServiceTable::call(const std::string& service, const Json& argument) const {
  std::shared_ptr<const Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(service);
    if (found != entries_.end()) entry = found->second;
  }
  if (!entry) throw Error(ErrorCode::FeatureDisabled, "no plugin provides " + service);
  return entry->function(argument);
}

}  // namespace parley::plugin
