// SPDX-License-Identifier: Apache-2.0
#include "host/setting.h"

#include "host/settings.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>

namespace parley::host {

namespace {

[[noreturn]] void refuse(const Setting& setting, const std::string& source) {
  throw SettingsError(setting.key, "must be " + allowedText(setting) + " (" + source + ")");
}

Json listFromText(const std::string& text) {
  JsonArray items;
  for (std::size_t at = 0; at < text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    auto item = text.substr(at, comma - at);
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    if (!item.empty()) items.emplace_back(item);
    at = comma + 1;
  }
  return items;
}

Json fromPlainText(const Setting& setting, const std::string& text, const std::string& source) {
  switch (setting.type) {
    case Setting::Type::Flag:
      if (text != "true" && text != "false") refuse(setting, source);
      return text == "true";
    case Setting::Type::Integer: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size()) refuse(setting, source);
      return number;
    }
    case Setting::Type::List: return listFromText(text);
    case Setting::Type::Text: break;
  }
  return Json(text);
}

[[noreturn]] void refuseMember(const std::string& key, std::string_view name, const std::string& allowed) {
  throw SettingsError(key, "`" + std::string(name) + "` of its declaration must be " + allowed);
}

std::int64_t integerOr(const JsonObject& object, std::string_view name, std::int64_t fallback, const std::string& key) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return fallback;
  if (!member->is_int64()) refuseMember(key, name, "an integer");
  return member->get_int64();
}

std::string textOr(const JsonObject& object, std::string_view name, const std::string& key) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return {};
  if (!member->is_string()) refuseMember(key, name, "a text");
  return std::string(member->get_string());
}

bool isSecret(const JsonObject& object, const std::string& key) {
  const auto* member = object.if_contains("secret");
  if (member == nullptr) return false;
  if (!member->is_bool()) refuseMember(key, "secret", "true or false");
  return member->get_bool();
}

std::vector<std::string> choicesOf(const JsonObject& object, const std::string& key) {
  const auto* member = object.if_contains("enum");
  if (member == nullptr) return {};
  std::vector<std::string> choices;
  if (member->is_array())
    for (const auto& choice : member->get_array())
      if (choice.is_string()) choices.emplace_back(choice.get_string());
  if (choices.empty() || choices.size() != member->get_array().size()) refuseMember(key, "enum", "a list of texts");
  return choices;
}

Setting::Type typeOf(std::string_view name, const std::string& key) {
  if (name == "boolean") return Setting::Type::Flag;
  if (name == "integer") return Setting::Type::Integer;
  if (name == "string") return Setting::Type::Text;
  if (name == "array") return Setting::Type::List;
  throw SettingsError(key, "its declaration must have the type boolean, integer, string or array");
}

/// Whoever writes a rule that is not known takes it for checked.
void checkMembers(const JsonObject& declaration, const Setting& setting) {
  std::vector<std::string_view> known{"type", "default", "description"};
  if (setting.type == Setting::Type::Integer) known.insert(known.end(), {"minimum", "maximum", "unit"});
  if (setting.type == Setting::Type::Text) known.insert(known.end(), {"enum", "secret"});
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : ", ") + std::string(name);
  for (const auto& [name, value] : declaration)
    if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end())
      throw SettingsError(setting.key, "its declaration has `" + std::string(name) + "`; this type has " + list);
}

Setting pluginSetting(const std::string& key, const Json& declaration) {
  if (!declaration.is_object()) throw SettingsError(key, "its declaration must be an object");
  const auto& object = declaration.get_object();
  Setting setting;
  setting.key = key;
  setting.type = typeOf(textOf(object, "type"), key);
  checkMembers(object, setting);
  setting.min = integerOr(object, "minimum", std::numeric_limits<std::int64_t>::min(), key);
  setting.max = integerOr(object, "maximum", std::numeric_limits<std::int64_t>::max(), key);
  setting.unit = textOr(object, "unit", key);
  setting.description = textOr(object, "description", key);
  if (setting.description.empty()) throw SettingsError(key, "its declaration has no description");
  setting.choices = choicesOf(object, key);
  setting.secret = isSecret(object, key);
  const auto* fallback = object.if_contains("default");
  if (fallback == nullptr) throw SettingsError(key, "its declaration has no default");
  setting.fallback = checkedValue(setting, *fallback, false, "default of the plugin's config.json");
  setting.reloadable = true;
  return setting;
}

/// Names with dots between them, so that each has one place in a file and one environment variable.
void checkKey(const std::string& key, const std::vector<Setting>& others) {
  const auto isPlain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; };
  if (!std::all_of(key.begin(), key.end(), isPlain) || key.back() == '.' || key.find("..") != std::string::npos)
    throw SettingsError(key, "its name must be of A-Z a-z 0-9 _, with single dots between the names of groups");
  for (const auto& other : others) {
    if (key.starts_with(other.key + ".") || other.key.starts_with(key + "."))
      throw SettingsError(key, "cannot be beside " + other.key + ": one would be a setting and a group");
    if (environmentName(key) == environmentName(other.key))
      throw SettingsError(key, "cannot be beside " + other.key + ": both would be " + environmentName(key));
  }
}

}  // namespace

std::vector<Setting> pluginSettings(const std::string& plugin, std::string_view configJson) {
  const auto prefix = "plugins." + plugin + ".";
  Setting enabled;
  enabled.key = prefix + "enabled";
  enabled.type = Setting::Type::Flag;
  enabled.fallback = true;
  enabled.description = "Whether the plugin `" + plugin + "` runs.";
  enabled.reloadable = true;
  std::vector<Setting> settings{std::move(enabled)};

  boost::system::error_code error;
  const auto config = boost::json::parse({configJson.data(), configJson.size()}, error);
  if (error || !config.is_object()) throw SettingsError("plugins." + plugin, "its config.json is not a JSON object");
  for (const auto& [name, value] : config.get_object())
    if (name != "settings")
      throw SettingsError("plugins." + plugin,
                          "its config.json has `" + std::string(name) +
                              "`; settings are declared inside of `settings`, and nothing else is");
  const auto* declared = config.get_object().if_contains("settings");
  if (declared == nullptr) return settings;
  if (!declared->is_object()) throw SettingsError("plugins." + plugin, "`settings` in its config.json is no object");
  for (const auto& [name, declaration] : declared->get_object()) {
    auto setting = pluginSetting(prefix + std::string(name), declaration);
    if (name == "enabled") {
      if (setting.type != Setting::Type::Flag) throw SettingsError(setting.key, "must be declared as a boolean");
      settings.front() = std::move(setting);
      continue;
    }
    checkKey(setting.key, settings);
    settings.push_back(std::move(setting));
  }
  return settings;
}

std::string environmentName(std::string_view key) {
  std::string name = "PARLEY_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string allowedText(const Setting& setting) {
  switch (setting.type) {
    case Setting::Type::Flag: return "true or false";
    case Setting::Type::List: return "a list of texts";
    case Setting::Type::Text: break;
    case Setting::Type::Integer:
      return "an integer from " + std::to_string(setting.min) + " to " + std::to_string(setting.max) +
             (setting.unit.empty() ? "" : " (" + setting.unit + ")");
  }
  if (setting.choices.empty()) return "a text";
  std::string text;
  for (const auto& choice : setting.choices) text += (text.empty() ? "one of " : ", ") + choice;
  return text;
}

Json checkedValue(const Setting& setting, const Json& given, bool fromText, const std::string& source) {
  Json value = fromText ? fromPlainText(setting, std::string(given.as_string()), source) : given;
  bool fits = false;
  switch (setting.type) {
    case Setting::Type::Flag: fits = value.is_bool(); break;
    case Setting::Type::Integer:
      fits = value.is_int64() && value.get_int64() >= setting.min && value.get_int64() <= setting.max;
      break;
    case Setting::Type::Text:
      fits = value.is_string() &&
             (setting.choices.empty() || std::find(setting.choices.begin(), setting.choices.end(),
                                                   std::string_view(value.get_string())) != setting.choices.end());
      break;
    case Setting::Type::List:
      fits = value.is_array() && std::all_of(value.get_array().begin(), value.get_array().end(),
                                             [](const Json& item) { return item.is_string(); });
      break;
  }
  if (!fits) refuse(setting, source);
  return value;
}

}  // namespace parley::host
