// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::host {

/// One setting: what it is called, what it may be, what it is for. Everything that is said or checked about a setting
/// comes from here.
struct Setting {
  enum class Type { Flag, Integer, Text, List };  ///< JSON boolean, integer, string, array of strings

  std::string key;  ///< dotted
  Type type = Type::Text;
  Json fallback;
  std::int64_t min = 0;              ///< Integer only
  std::int64_t max = 0;              ///< Integer only
  std::vector<std::string> choices;  ///< Text only; empty: any text
  std::string unit;                  ///< "ms", "bytes" …; empty: a plain number or none
  std::string description;
  bool reloadable = false;  ///< SIGHUP applies it; otherwise a restart does
  bool secret = false;      ///< never printed; the environment also takes NAME_FILE, a file that holds it
};

/// The settings of the server itself, in the order in which they are shown.
std::vector<Setting> coreSettings();

/// The settings of one plugin: `plugins.<name>.enabled`, true unless it is declared otherwise, and what its config.json
/// declares:
/// `{"settings": {"maxLength": {"type": "integer", "default": 1, "minimum": 0, "maximum": 9, "description": "…"}}}`.
/// Types: boolean, integer (with `minimum`, `maximum`, `unit`), string (with `enum`, `secret`), array (of strings);
/// sdk/README.md describes them. Throws SettingsError, naming the plugin, when the declaration is not of this form,
/// says anything else, or its default breaks its own rule.
std::vector<Setting> pluginSettings(const std::string& plugin, std::string_view configJson);

/// The environment variable of a key: `server.port` is PARLEY_SERVER_PORT.
std::string environmentName(std::string_view key);

/// What the setting accepts, for people: "an integer from 0 to 65535".
std::string allowedText(const Setting& setting);

/// The value as this setting's type. Text (from the environment or the command line) is converted first when
/// `fromText`. Throws SettingsError with the key and what is allowed.
Json checkedValue(const Setting& setting, const Json& value, bool fromText, const std::string& source);

}  // namespace parley::host
