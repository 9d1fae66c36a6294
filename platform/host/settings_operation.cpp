// SPDX-License-Identifier: Apache-2.0
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

void addOperationSettings(SettingsTable& t) {
  t.group("log");
  t.choice("level", {"info", "trace", "debug", "warn", "error", "off"}, Apply::Reload,
           "The least level that is logged.");
  t.choice("format", {"text", "json"}, Apply::Reload, "`json`: one object a line.");
  t.text("file", "", Apply::Reload,
         "Log file; SIGHUP opens it anew. A new one is for its owner and its group (0640). Empty: standard output.");
  t.integer("maxSize", 64 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Reload, "A larger log file is rotated.");
  t.integer("maxFiles", 5, 1, 1'000, "", Apply::Reload, "Rotated log files to keep.");
  t.group("metrics");
  t.flag("enabled", true, Apply::Restart,
         "Whether `/metrics` tells Prometheus what the server does. It names plugins and counts, no users.");
  t.flag("public", false, Apply::Restart,
         "Whether `jwt` mode lets anybody read `/metrics`; else it needs the token of an admin or a service.");
  t.group("i18n");
  t.text(
      "locale", "zh-CN", Apply::Restart,
      "Language of failure messages for clients that ask for none that there is: zh-CN, en, or one of `i18n.texts`.");
  t.text("texts", "", Apply::Reload,
         "JSON file with texts that add a language or replace texts: `{\"en\": {\"FORBIDDEN\": \"…\"}}`; see "
         "sdk/README.md. "
         "SIGHUP reads a changed file.");
}

}  // namespace parley::host
