// SPDX-License-Identifier: Apache-2.0
#include "host/apart.h"

#include "host/load_settings.h"

#include <algorithm>

namespace parley::host {

Sources apart(Sources sources, const std::string& folder) {
  const auto settings = loadSettings(sources);
  const auto set = [&](const char* key, const std::string& value) {
    const auto& known = settings.table();
    if (std::any_of(known.begin(), known.end(), [&](const auto& setting) { return setting.key == key; }))
      sources.overrides.emplace_back(key, value);
  };
  set("server.address", "127.0.0.1");
  set("server.port", "0");
  set("server.tls.certificate", "");
  set("auth.mode", "open");  // no keys are fetched
  set("storage.driver", "sqlite");
  set("storage.sqlite.path", folder + "/empty.db");
  set("plugins.file_transfer.directory", folder + "/files");
  set("plugins.audit.file", "");
  return sources;
}

}  // namespace parley::host
