// SPDX-License-Identifier: Apache-2.0
#include "host/api_list.h"

#include <parley/json.h>

#include <map>
#include <utility>
#include <vector>

namespace parley::host {

namespace {

void append(std::string& text, const char* name, const std::vector<JsonObject>& entries) {
  text += text.empty() ? "{\n" : ",\n";
  text += std::string("  \"") + name + "\": [";
  const char* before = "\n";
  for (const auto& entry : entries) {
    text += before + std::string("    ") + boost::json::serialize(entry);
    before = ",\n";
  }
  text += "\n  ]";
}

}  // namespace

std::string printApi(const http::Router& router, plugin::PluginHost& plugins) {
  using Kind = plugin::RowKey::Kind;
  std::map<std::pair<std::string, std::string>, plugin::RowBook::Entry> routesOfPlugins;
  std::vector<JsonObject> events;
  for (auto& row : plugins.rows()) {
    if (row.key.kind == Kind::Route) {
      routesOfPlugins.emplace(std::pair(row.key.first, row.key.second), std::move(row));
    } else if (row.key.kind == Kind::Event) {
      const auto& event = row.key.second;
      events.push_back({{"namespace", row.key.first},
                        {"event", event.empty() ? Json(nullptr) : Json(event)},
                        {"plugin", row.owner},
                        {"enabled", row.live}});
    }
  }
  std::vector<JsonObject> routes;
  for (const auto& [method, path] : router.list()) {
    const auto row = routesOfPlugins.find({method, path});
    const bool own = row == routesOfPlugins.end();
    routes.push_back({{"method", method},
                      {"path", path},
                      {"plugin", own ? Json(nullptr) : Json(row->second.owner)},
                      {"enabled", own || row->second.live}});
  }
  std::string text;
  append(text, "routes", routes);
  append(text, "events", events);
  return text + "\n}\n";
}

}  // namespace parley::host
