// SPDX-License-Identifier: Apache-2.0
// Keeps config/ true: what is written there is what the tables say.
#include "host/settings_print.h"

#include <parley/json.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace parley::host {
namespace {

const std::filesystem::path root = PARLEY_SOURCE_DIR;

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The plugins of the tree, by name, as the plugin folder is read.
std::set<std::string> plugins() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(root / "plugins"))
    if (std::filesystem::exists(entry.path() / "config.json")) names.insert(entry.path().filename());
  return names;
}

Settings shippedSettings(const Sources& sources = {}) {
  Settings settings(sources);
  for (const auto& name : plugins()) settings.addPlugin(name, contentOf(root / "plugins" / name / "config.json"));
  settings.finish();
  return settings;
}

/// A file of config/ without the plugins whose folders were removed: no need to write it anew for that.
Json shipped(const std::filesystem::path& file, std::string_view pointerToPlugins) {
  auto content = boost::json::parse(contentOf(root / "config" / file));
  auto& section = content.at_pointer(pointerToPlugins).as_object();
  const auto there = plugins();
  for (const auto& [name, value] : JsonObject(section)) {
    // In the schema a setting of the host is an object too, with a default.
    const bool isPlugin = value.is_object() && !value.get_object().contains("default");
    if (isPlugin && !there.contains(name)) section.erase(name);
  }
  return content;
}

TEST(ShippedConfigTest, ParleyJsonHoldsAllDefaults) {
  EXPECT_TRUE(shipped("parley.json", "/plugins") == boost::json::parse(printConfig(shippedSettings())))
      << "run config/update";
}

TEST(ShippedConfigTest, SchemaFileIsTheTables) {
  EXPECT_TRUE(shipped("parley.schema.json", "/properties/plugins/properties") ==
              boost::json::parse(printSchema(shippedSettings())))
      << "run config/update";
}

TEST(ShippedConfigTest, ReadmeHoldsTheTable) {
  std::stringstream readme(contentOf(root / "config/README.md"));
  std::stringstream table(printDocs(shippedSettings()));
  std::string row;
  std::string expected;
  const auto isRow = [](const std::string& line) { return line.starts_with("| `"); };
  while (std::getline(readme, row) && !row.starts_with("<!-- made by")) {
  }
  while (std::getline(table, expected)) {
    if (!isRow(expected)) continue;
    // What stands between are rows of removed plugins.
    while (std::getline(readme, row) && row != expected)
      EXPECT_TRUE(!isRow(row) || row.starts_with("| `plugins.")) << row << ": run config/update";
    EXPECT_EQ(row, expected) << "run config/update";
  }
}

TEST(ShippedConfigTest, ProfilesAreValid) {
  for (const auto* profile : {"demo.json", "production.json"})
    EXPECT_NO_THROW(checkTogether(shippedSettings({root / "config" / profile, {}, {}}))) << profile;
}

}  // namespace
}  // namespace parley::host
