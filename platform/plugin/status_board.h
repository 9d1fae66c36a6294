// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley::plugin {

enum class PluginState { Off, Running, Failed };

struct PluginStatus {
  std::string name;
  std::string version;
  std::string summary;
  std::string file;
  std::vector<std::string> dependsOn;
  PluginState state = PluginState::Off;
  std::string error;                 ///< why it is Failed, or why its last change was refused
  std::vector<std::string> retired;  ///< what holds each copy of its library that could not be unloaded
  std::vector<Site> sites;           ///< where the host calls it, and how that has gone
};

/// What is shown of the plugins, also while they are changed. [any thread]
class StatusBoard {
 public:
  /// A plugin without its sites, and the border that knows them while it runs.
  using Entry = std::pair<PluginStatus, std::shared_ptr<Border>>;

  void show(std::vector<Entry> entries);
  std::vector<PluginStatus> list() const;
  /// What Border::whatHolds says of each, those included that could not be unloaded: "echo: event ping: 1 running".
  std::string whatHolds() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace parley::plugin
