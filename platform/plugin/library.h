// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/manifest.h"

#include <parley/plugin.h>

#include <boost/dll/shared_library.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace parley::plugin {

/// A private directory for the copies that are mapped: whatever happens to the original, a mapped file never changes
/// under the process (that is a SIGBUS). Removed with all in it at the end; those that a killed process left behind are
/// removed by the next one, which tells by their lock that nobody lives there.
class StagingDir {
 public:
  /// Makes it under `root`, and clears away abandoned ones there. Throws LoadError.
  explicit StagingDir(const std::filesystem::path& root);
  ~StagingDir();
  StagingDir(const StagingDir&) = delete;
  StagingDir& operator=(const StagingDir&) = delete;

  /// Writes a new file `<stem>-<n>.so`. Throws LoadError.
  std::filesystem::path add(const std::string& stem, std::string_view bytes);
  const std::filesystem::path& path() const { return path_; }

 private:
  static void removeAbandoned(const std::filesystem::path& root);
  void lock();

  std::filesystem::path path_;
  int lock_ = -1;
  std::uint64_t next_ = 1;
};

/// One mapped copy of a plugin library, checked at the gate before it was mapped.
class Library {
 public:
  /// Checks, copies, maps and reads the manifest. Throws LoadError, which names the file.
  Library(const std::filesystem::path& file, StagingDir& staging, std::size_t maxBytes);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Manifest& manifest() const { return manifest_; }
  /// The library's own, with `create` and `destroy`. Valid while it is mapped.
  const PluginManifest& entry() const { return *entry_; }

  /// Gives the library back. True when it is really gone from the process; false when something else holds it.
  bool unload();

  /// Whether the copy is mapped still. Also lets the dynamic linker collect it when what held it has gone.
  bool isMapped() const;

 private:
  Manifest manifest_;
  std::filesystem::path copy_;
  boost::dll::shared_library library_;
  const PluginManifest* entry_ = nullptr;
};

}  // namespace parley::plugin
