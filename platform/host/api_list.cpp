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

std::string printApi(const http::Router& router, const realtime::EventTable& table, plugin::PluginHost& plugins) {
  using Kind = plugin::RowKey::Kind;
  std::map<std::pair<std::string, std::string>, plugin::RowBook::Entry> routesOfPlugins;
  std::map<std::pair<std::string, std::string>, plugin::RowBook::Entry> eventsOfPlugins;
  for (auto& row : plugins.rows()) {
    const std::pair key(row.key.first, row.key.second);
    if (row.key.kind == Kind::Route)
      routesOfPlugins.emplace(key, std::move(row));
    else if (row.key.kind == Kind::Event)
      eventsOfPlugins.emplace(key, std::move(row));
  }
  std::vector<JsonObject> events;
  for (const auto& [nameSpace, event] : table.list()) {
    const auto row = eventsOfPlugins.find({nameSpace, event});
    const bool own = row == eventsOfPlugins.end();
    events.push_back({{"namespace", nameSpace},
                      {"event", event.empty() ? Json(nullptr) : Json(event)},
                      {"plugin", own ? Json(nullptr) : Json(row->second.owner)},
                      {"enabled", own || row->second.live}});
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
