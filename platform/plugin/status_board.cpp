// SPDX-License-Identifier: Apache-2.0
#include "plugin/status_board.h"

namespace parley::plugin {

void StatusBoard::show(std::vector<Entry> entries) {
  const std::lock_guard lock(mutex_);
  entries_.swap(entries);
}

std::vector<PluginStatus> StatusBoard::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<PluginStatus> list;
  for (const auto& [status, border] : entries_) {
    list.push_back(status);
    if (border) list.back().sites = border->sites();
  }
  return list;
}

std::string StatusBoard::whatHolds() const {
  std::string text;
  const auto add = [&text](const std::string& plugin, const std::string& held) {
    if (!held.empty()) text += (text.empty() ? "" : "; ") + plugin + ": " + held;
  };
  const std::lock_guard lock(mutex_);
  for (const auto& [status, border] : entries_) {
    for (const auto& held : status.retired) add(status.name, held);
    if (border) add(status.name, border->whatHolds());
  }
  return text;
}

}  // namespace parley::plugin
