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

std::int64_t integerOr(const JsonObject& object, std::string_view name, std::int64_t fallback, const std::string& key) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return fallback;
  if (!member->is_int64()) throw SettingsError(key, "its declaration has a " + std::string(name) + " of another type");
  return member->get_int64();
}

Setting::Type typeOf(std::string_view name, const std::string& key) {
  if (name == "boolean") return Setting::Type::Flag;
  if (name == "integer") return Setting::Type::Integer;
  if (name == "string") return Setting::Type::Text;
  if (name == "array") return Setting::Type::List;
  throw SettingsError(key, "its declaration must have the type boolean, integer, string or array");
}

Setting pluginSetting(const std::string& key, const Json& declaration) {
  if (!declaration.is_object()) throw SettingsError(key, "its declaration must be an object");
  const auto& object = declaration.get_object();
  Setting setting;
  setting.key = key;
  setting.type = typeOf(textOf(object, "type"), key);
  setting.min = integerOr(object, "minimum", std::numeric_limits<std::int64_t>::min(), key);
  setting.max = integerOr(object, "maximum", std::numeric_limits<std::int64_t>::max(), key);
  setting.unit = textOf(object, "unit");
  setting.description = textOf(object, "description");
  if (setting.description.empty()) throw SettingsError(key, "its declaration has no description");
  if (const auto* choices = object.if_contains("enum"); choices != nullptr && choices->is_array())
    for (const auto& choice : choices->get_array()) setting.choices.emplace_back(choice.as_string());
  const auto* fallback = object.if_contains("default");
  if (fallback == nullptr) throw SettingsError(key, "its declaration has no default");
  setting.fallback = checkedValue(setting, *fallback, false, "default of the plugin's config.json");
  setting.reloadable = true;
  return setting;
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
  const auto* declared = config.get_object().if_contains("settings");
  if (declared == nullptr) return settings;
  if (!declared->is_object()) throw SettingsError("plugins." + plugin, "`settings` in its config.json is no object");
  for (const auto& [name, declaration] : declared->get_object())
    settings.push_back(pluginSetting(prefix + std::string(name), declaration));
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
