// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/setting.h"

#include <parley/json.h>
#include <parley/time.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::host {

/// A setting that cannot be used; the text starts with its key and says what is allowed.
class SettingsError : public std::runtime_error {
 public:
  SettingsError(std::string key, const std::string& what)
      : std::runtime_error(key + ": " + what), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

/// Where settings come from, the weaker before the stronger: defaults, file, environment, command line.
struct Sources {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  std::string file;   ///< path of a JSON file (comments allowed); empty: none
  Pairs environment;  ///< variables whose name starts with PARLEY_
  Pairs overrides;    ///< key and value of each --set

  /// The PARLEY_ variables of this process.
  static Pairs processEnvironment();
};

/// The effective configuration. Made in three steps, since a plugin's settings are known only once the plugin was
/// found: the constructor checks the server's own settings, addPlugin those of one plugin, finish that nothing is left
/// over. Constant afterwards; then any thread may read it.
class Settings {
 public:
  /// Throws SettingsError.
  explicit Settings(const Sources& sources);
  void addPlugin(const std::string& name, std::string_view configJson);
  /// Throws SettingsError for a setting of a plugin that does not exist. Returns warnings: such a plugin being
  /// switched off is harmless.
  std::vector<std::string> finish();

  /// The value of a key of the table; throws std::logic_error for any other key.
  const Json& get(std::string_view key) const;
  bool flag(std::string_view key) const { return get(key).as_bool(); }
  std::int64_t integer(std::string_view key) const { return get(key).as_int64(); }
  std::size_t size(std::string_view key) const { return static_cast<std::size_t>(integer(key)); }
  Millis millis(std::string_view key) const { return Millis(integer(key)); }
  std::string text(std::string_view key) const { return std::string(get(key).as_string()); }
  std::vector<std::string> list(std::string_view key) const;

  /// All settings there are, the server's own first.
  const std::vector<Setting>& table() const { return table_; }
  const std::vector<std::string>& plugins() const { return plugins_; }

  /// The settings whose values differ from those in `before`.
  std::vector<const Setting*> changedSince(const Settings& before) const;
  /// These in a server that began with those of `start`: what waits for a restart is as it was.
  Settings withoutRestart(const Settings& start) const;

 private:
  struct Given {
    std::string key;  ///< for the environment: the variable's name
    Json value;
    enum class From { File, Environment, Override } from;
    std::string source;  ///< for messages
  };
  void readFile(const std::string& path);
  void flatten(const std::string& key, const Json& value, const std::string& source);
  void take(Given given);
  void apply(const Setting& setting, const Given& given);
  const Setting* match(const Given& given, std::size_t firstRow) const;
  [[noreturn]] void refuseUnknown(const Given& given) const;

  std::vector<Setting> table_;
  std::map<std::string, Json, std::less<>> values_;
  std::vector<std::string> plugins_;
  std::vector<Given> pending_;  ///< under `plugins.`, of plugins that were not added yet; weaker ones first
};

/// Checks what concerns several settings together; throws SettingsError.
void checkTogether(const Settings& settings);

}  // namespace parley::host
