// SPDX-License-Identifier: Apache-2.0
#include "plugin_scope.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace parley::chat::test {

namespace {

/// Plugins that keep something, but nothing about a user; and why not.
const std::map<std::string, std::string> exempt{
    {"search", "places of words in messages, which follow the messages"},
    {"stats", "how far sessions had come at the ends of days; ids alone, which stay"},
};

}  // namespace

TEST(DataSubjects, EveryPluginThatKeepsSomethingSaysWhatItHoldsAboutAUser) {
  std::set<std::string> declared;
  for (const auto& file : std::filesystem::directory_iterator(PARLEY_PLUGIN_FOLDER)) {
    if (file.path().extension() != ".so") continue;
    World world;
    Registrations registrations;
    const auto* manifest = manifestOf(file.path().string());
    const std::string name = manifest->name;
    auto* plugin = manifest->create();
    {
      PluginScope scope(world, registrations, *manifest, {});
      plugin->setup(scope);
      for (const auto& known : registrations.subjects.plugins()) declared.insert(known);
      const bool owesOne = !registrations.collections.empty() && !exempt.contains(name);
      EXPECT_TRUE(!owesOne || declared.contains(name))
          << name << " keeps a collection: declare Scope::dataSubject in its setup";
    }
    manifest->destroy(plugin);
  }
  for (const auto& [name, reason] : exempt) EXPECT_FALSE(declared.contains(name)) << name << ": " << reason;
}

}  // namespace parley::chat::test
