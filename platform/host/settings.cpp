// SPDX-License-Identifier: Apache-2.0
#include "host/settings.h"

#include "base/read_file.h"
#include "host/config_file.h"
#include "host/nearest.h"

#include <strings.h>
#include <unistd.h>

namespace parley::host {

namespace {

constexpr std::string_view pluginPrefix = "plugins.";
constexpr std::string_view variablePrefix = "PARLEY_";
constexpr std::string_view pluginVariablePrefix = "PARLEY_PLUGINS_";

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool sameNoCase(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

/// Variables that container platforms set for every service called "parley"; they are not meant for the server.
bool isServiceVariable(const std::string& name) {
  return name == "PARLEY_PORT" || startsWith(name, "PARLEY_PORT_") || startsWith(name, "PARLEY_SERVICE_");
}

/// Without the newline that editors leave at the end.
std::string secretIn(const std::string& path, const std::string& key) {
  const auto file = base::readFile(path);
  if (!file) throw SettingsError(key, file.error().detail());
  auto secret = file.value();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  return secret;
}

}  // namespace

Sources::Pairs Sources::processEnvironment() {
  Pairs variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (startsWith(text, variablePrefix) && equals != std::string_view::npos)
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Settings::Settings(const Sources& sources) : table_(coreSettings()) {
  for (const auto& setting : table_) values_[setting.key] = setting.fallback;
  if (!sources.file.empty()) readFile(sources.file);
  for (const auto& [name, value] : sources.environment)
    if (!isServiceVariable(name)) take({name, Json(value), Given::From::Environment, "environment variable " + name});
  for (const auto& [key, value] : sources.overrides) take({key, Json(value), Given::From::Override, "--set " + key});
}

void Settings::readFile(const std::string& path) {
  for (const auto& [name, value] : readConfigFile(path))
    if (name != "$schema") flatten(std::string(name), value, "file " + path);
}

void Settings::flatten(const std::string& key, const Json& value, const std::string& source) {
  const bool isSetting = values_.find(key) != values_.end();
  if (!value.is_object() || isSetting) return take({key, value, Given::From::File, source});
  for (const auto& [name, member] : value.get_object()) flatten(key + "." + std::string(name), member, source);
}

void Settings::take(Given given) {
  if (const auto* setting = match(given, 0)) return apply(*setting, given);
  const auto prefix = given.from == Given::From::Environment ? pluginVariablePrefix : pluginPrefix;
  if (strncasecmp(given.key.c_str(), prefix.data(), prefix.size()) != 0) refuseUnknown(given);
  pending_.push_back(std::move(given));
}

const Setting* Settings::match(const Given& given, std::size_t firstRow) const {
  for (auto row = table_.begin() + static_cast<std::ptrdiff_t>(firstRow); row != table_.end(); ++row) {
    const bool same = given.from == Given::From::Environment
                          ? sameNoCase(given.key, environmentName(row->key)) ||
                                (row->secret && sameNoCase(given.key, environmentName(row->key) + "_FILE"))
                          : given.key == row->key;
    if (same) return &*row;
  }
  return nullptr;
}

void Settings::apply(const Setting& setting, const Given& given) {
  const bool isFile = given.from == Given::From::Environment && !sameNoCase(given.key, environmentName(setting.key));
  if (!isFile) {
    values_[setting.key] = checkedValue(setting, given.value, given.from != Given::From::File, given.source);
    return;
  }
  const auto secret = secretIn(std::string(given.value.as_string()), setting.key);
  values_[setting.key] = checkedValue(setting, Json(secret), true, given.source);
}

void Settings::refuseUnknown(const Given& given) const {
  std::vector<std::string> known;
  for (const auto& setting : table_)
    known.push_back(given.from == Given::From::Environment ? environmentName(setting.key) : setting.key);
  auto text = "there is no such setting (" + given.source + ")";
  const auto similar = nearest(given.key, known);
  text += similar.empty() ? ";" : "; did you mean " + similar + "?";
  throw SettingsError(given.key, text + " --print-config-docs lists all settings");
}

void Settings::addPlugin(const std::string& name, std::string_view configJson) {
  if (values_.find("plugins." + name) != values_.end())
    throw SettingsError("plugins." + name, "a plugin cannot have the name of this setting");
  const auto firstRow = table_.size();
  for (auto& setting : pluginSettings(name, configJson)) {
    values_[setting.key] = setting.fallback;
    table_.push_back(std::move(setting));
  }
  plugins_.push_back(name);
  std::vector<Given> rest;
  for (auto& given : pending_) {
    if (const auto* setting = match(given, firstRow)) {
      apply(*setting, given);
    } else {
      rest.push_back(std::move(given));
    }
  }
  pending_ = std::move(rest);
}

std::vector<std::string> Settings::finish() {
  std::vector<std::string> warnings;
  for (const auto& given : pending_) {
    const bool switchedOff = given.from == Given::From::File
                                 ? given.value.is_bool() && !given.value.get_bool()
                                 : given.value.is_string() && given.value.get_string() == "false";
    const bool isEnabled = given.key.size() > 8 && sameNoCase(given.key.substr(given.key.size() - 7), "enabled");
    if (!isEnabled || !switchedOff) refuseUnknown(given);
    warnings.push_back(given.key + ": there is no such plugin to switch off (" + given.source + ")");
  }
  pending_.clear();
  return warnings;
}

const Json& Settings::get(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw std::logic_error("no setting is called " + std::string(key));
  return found->second;
}

std::vector<std::string> Settings::list(std::string_view key) const {
  std::vector<std::string> items;
  for (const auto& item : get(key).as_array()) items.emplace_back(item.as_string());
  return items;
}

std::vector<const Setting*> Settings::changedSince(const Settings& before) const {
  std::vector<const Setting*> changed;
  for (const auto& setting : table_) {
    const auto old = before.values_.find(setting.key);
    if (old == before.values_.end() || old->second != get(setting.key)) changed.push_back(&setting);
  }
  return changed;
}

Settings Settings::withoutRestart(const Settings& start) const {
  auto now = *this;
  for (const auto* setting : changedSince(start))
    if (!setting->reloadable) now.values_[setting->key] = start.get(setting->key);
  return now;
}

}  // namespace parley::host
