// SPDX-License-Identifier: Apache-2.0
#include "host/settings_print.h"

#include <cstddef>

namespace parley::host {

namespace {

/// Puts `leaf` under a dotted key; `group` makes the object of each level and gives the place for its members.
template <typename Group>
void place(JsonObject& root, std::string_view key, Json leaf, const Group& group) {
  JsonObject* at = &root;
  for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
    at = group(*at, key.substr(0, dot));
    key.remove_prefix(dot + 1);
  }
  (*at)[key] = std::move(leaf);
}

JsonObject* objectAt(JsonObject& parent, std::string_view name) {
  auto& member = parent[name];
  if (!member.is_object()) member.emplace_object();
  return &member.get_object();
}

void writePretty(std::string& out, const Json& value, std::size_t depth) {
  const std::string indent(2 * (depth + 1), ' ');
  if (!value.is_object() || value.get_object().empty()) {
    out += boost::json::serialize(value);
    return;
  }
  out += "{\n";
  bool first = true;
  for (const auto& [name, member] : value.get_object()) {
    if (!first) out += ",\n";
    first = false;
    out += indent + boost::json::serialize(Json(name)) + ": ";
    writePretty(out, member, depth + 1);
  }
  out += "\n" + std::string(2 * depth, ' ') + "}";
}

std::string pretty(const JsonObject& object) {
  std::string out;
  writePretty(out, object, 0);
  return out + "\n";
}

JsonObject schemaOf(const Setting& setting) {
  JsonObject schema;
  switch (setting.type) {
    case Setting::Type::Flag: schema["type"] = "boolean"; break;
    case Setting::Type::List:
      schema["type"] = "array";
      schema["items"] = JsonObject{{"type", "string"}};
      break;
    case Setting::Type::Text:
      schema["type"] = "string";
      if (!setting.choices.empty()) schema["enum"] = boost::json::value_from(setting.choices);
      break;
    case Setting::Type::Integer:
      schema["type"] = "integer";
      schema["minimum"] = setting.min;
      schema["maximum"] = setting.max;
      break;
  }
  schema["default"] = setting.fallback;
  schema["description"] = setting.description + (setting.unit.empty() ? "" : " Unit: " + setting.unit + ".");
  if (setting.secret) schema["writeOnly"] = true;
  return schema;
}

JsonObject closedObject() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", JsonObject{}}};
}

/// For a table cell: no bar may end it.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

std::string allowedCell(const Setting& setting) {
  if (setting.type == Setting::Type::Text && setting.choices.empty()) return "text";
  return allowedText(setting);
}

}  // namespace

std::string printConfig(const Settings& settings) {
  JsonObject root;
  for (const auto& setting : settings.table()) {
    Json value = settings.get(setting.key);
    if (setting.secret && value.is_string() && !value.get_string().empty()) value = "********";
    place(root, setting.key, std::move(value), objectAt);
  }
  return pretty(root);
}

std::string printSchema(const Settings& settings) {
  auto root = closedObject();
  const auto group = [](JsonObject& properties, std::string_view name) {
    auto& member = properties[name];
    if (!member.is_object()) member = closedObject();
    return &member.get_object()["properties"].get_object();
  };
  auto& properties = root["properties"].get_object();
  properties["$schema"] = JsonObject{{"type", "string"}};
  for (const auto& setting : settings.table()) place(properties, setting.key, schemaOf(setting), group);
  JsonObject schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Settings of parleyd"}};
  for (auto& member : root) schema[member.key()] = std::move(member.value());
  return pretty(schema);
}

std::string printDocs(const Settings& settings) {
  std::string out = "| key | default | allowed | SIGHUP | what it is |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& setting : settings.table())
    out += "| `" + setting.key + "` | `" + cell(boost::json::serialize(setting.fallback)) + "` | " +
           cell(allowedCell(setting)) + " | " + (setting.reloadable ? "yes" : "") + " | " + cell(setting.description) +
           (setting.secret ? " Secret: also `" + environmentName(setting.key) + "_FILE`." : "") + " |\n";
  return out;
}

}  // namespace parley::host
