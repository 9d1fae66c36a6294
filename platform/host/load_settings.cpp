// SPDX-License-Identifier: Apache-2.0
#include "host/load_settings.h"

#include "base/log.h"
#include "host/room_options.h"
#include "plugin/library.h"
#include "plugin/load_error.h"

#include <filesystem>
#include <map>
#include <set>
#include <system_error>

namespace parley::host {

namespace {

std::set<std::filesystem::path> libraryFiles(const std::filesystem::path& directory) {
  std::set<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (entry.path().extension() == ".so") files.insert(entry.path());
  if (error) throw SettingsError("plugins.directory", directory.string() + " cannot be read: " + error.message());
  return files;
}

}  // namespace

Settings loadSettings(const Sources& sources, const Settings* running) {
  Settings settings(sources);
  const auto options = pluginOptions(running != nullptr ? *running : settings);
  std::map<std::string, std::string> broken;
  try {
    plugin::StagingDir staging(options.stagingRoot.empty() ? std::filesystem::temp_directory_path()
                                                           : options.stagingRoot);
    for (const auto& file : libraryFiles(options.directory)) {
      try {
        const plugin::Library library(file, staging, options.maxLibraryBytes);
        settings.addPlugin(library.manifest().name, library.manifest().configJson);
      } catch (const plugin::LoadError& error) {
        settings.addPlugin(file.stem(), "{}");
        broken.emplace(file.stem(), error.what());
      }
    }
  } catch (const plugin::LoadError& error) {
    throw SettingsError("plugins.directory", error.what());
  }
  for (const auto& warning : settings.finish()) base::log("host").warn("{}", warning);
  for (const auto& [name, problem] : broken)
    if (const auto key = "plugins." + name + ".enabled"; settings.flag(key))
      throw SettingsError(key, problem + "; false starts the server without it");
  return settings;
}

}  // namespace parley::host
