// SPDX-License-Identifier: Apache-2.0
// The table of all settings of the server: what --print-config, the schema, the documentation and all checks come from.
#include "host/settings_rows.h"

namespace parley::host {

std::vector<Setting> coreSettings() {
  SettingsTable table;
  addServerSettings(table);
  addHttpSettings(table);
  addRealtimeSettings(table);
  addLimitSettings(table);
  addAuthSettings(table);
  addStorageSettings(table);
  addChatSettings(table);
  addPluginSettings(table);
  addOperationSettings(table);
  return table.take();
}

}  // namespace parley::host
