// SPDX-License-Identifier: Apache-2.0
// Keeps config/ true: what is written there is what the tables say.
#include "host/settings_print.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace parley::host {
namespace {

const std::filesystem::path root = PARLEY_SOURCE_DIR;

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// With the plugins of the tree, by name, as the plugin folder is read.
Settings shippedSettings(const Sources& sources = {}) {
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root / "plugins"))
    if (std::filesystem::exists(entry.path() / "config.json")) folders.insert(entry.path());
  Settings settings(sources);
  for (const auto& folder : folders) settings.addPlugin(folder.filename(), contentOf(folder / "config.json"));
  settings.finish();
  return settings;
}

TEST(ShippedConfigTest, ParleyJsonHoldsAllDefaults) {
  EXPECT_TRUE(contentOf(root / "config/parley.json") == printConfig(shippedSettings())) << "run config/update";
}

TEST(ShippedConfigTest, SchemaFileIsTheTables) {
  EXPECT_TRUE(contentOf(root / "config/parley.schema.json") == printSchema(shippedSettings())) << "run config/update";
}

TEST(ShippedConfigTest, ReadmeHoldsTheTable) {
  const auto readme = contentOf(root / "config/README.md");
  EXPECT_NE(readme.find("\n" + printDocs(shippedSettings())), std::string::npos) << "run config/update";
}

TEST(ShippedConfigTest, ProfilesAreValid) {
  for (const auto* profile : {"demo.json", "production.json"})
    EXPECT_NO_THROW(checkTogether(shippedSettings({root / "config" / profile, {}, {}}))) << profile;
}

}  // namespace
}  // namespace parley::host
