// SPDX-License-Identifier: Apache-2.0
#include "plugin/library.h"

#include "base/log.h"
#include "plugin/load_error.h"
#include "plugin/version_gate.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

namespace parley::plugin {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view stagingPrefix = "parley-plugins-";
constexpr const char* lockName = "lock";

std::string readFile(const fs::path& file, std::size_t maxBytes) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) throw LoadError("cannot be read: " + error.message());
  if (size > maxBytes) throw LoadError("is larger than " + std::to_string(maxBytes) + " bytes");
  std::string bytes(size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) throw LoadError("cannot be read");
  return bytes;
}

bool isPluginName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string orEmpty(const char* text) {
  return text == nullptr ? "" : text;
}

std::vector<std::string> namesOf(const std::array<const char*, 8>& list) {
  std::vector<std::string> names;
  for (const char* name : list)
    if (name != nullptr) names.emplace_back(name);
  return names;
}

Manifest copyOf(const PluginManifest& entry, const std::string& file) {
  Manifest manifest{orEmpty(entry.name),
                    orEmpty(entry.version),
                    orEmpty(entry.summary),
                    namesOf(entry.dependsOn),
                    namesOf(entry.startsAfter),
                    orEmpty(entry.configJson),
                    file,
                    orEmpty(entry.textsJson)};
  if (!isPluginName(manifest.name)) throw LoadError("its name '" + manifest.name + "' is not of a-z 0-9 _");
  if (manifest.version.empty()) throw LoadError("it has no version");
  if (entry.create == nullptr || entry.destroy == nullptr) throw LoadError("its manifest is incomplete");
  return manifest;
}

}  // namespace

StagingDir::StagingDir(const fs::path& root) {
  removeAbandoned(root);
  std::string pattern = (root / (std::string(stagingPrefix) + "XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw LoadError("no directory for plugin copies under " + root.string() + ": " + std::strerror(errno));
  path_ = pattern;
  lock();
}

StagingDir::~StagingDir() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) base::log("plugins").warn("cannot remove {}: {}", path_.string(), error.message());
  if (lock_ >= 0) close(lock_);
}

/// The file is locked before it has its name: a directory with a lock file that nobody holds is abandoned for certain.
void StagingDir::lock() {
  const auto unnamed = path_ / "lock.new";
  lock_ = open(unnamed.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  std::error_code error;
  if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) == 0) fs::rename(unnamed, path_ / lockName, error);
}

void StagingDir::removeAbandoned(const fs::path& root) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    struct stat status {};
    if (!entry.path().filename().string().starts_with(stagingPrefix) || lstat(entry.path().c_str(), &status) != 0 ||
        !S_ISDIR(status.st_mode) || status.st_uid != geteuid())
      continue;
    const int file = open((entry.path() / lockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) continue;
    std::error_code ignored;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
    close(file);
  }
}

fs::path StagingDir::add(const std::string& stem, std::string_view bytes) {
  auto copy = path_ / (stem + "-" + std::to_string(next_++) + ".so");
  std::ofstream out(copy, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw LoadError("cannot write the copy " + copy.string());
  return copy;
}

Library::Library(const fs::path& file, StagingDir& staging, std::size_t maxBytes) {
  try {
    // The bytes that are checked are the bytes that are mapped.
    const auto bytes = readFile(file, maxBytes);
    checkGate(readGate(bytes));
    copy_ = staging.add(file.stem().string(), bytes);
    boost::dll::fs::error_code error;
    library_.load(boost::dll::fs::path(copy_.string()),
                  boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, error);
    // What Boost says of it is the same whatever went wrong.
    if (error) throw LoadError("cannot be loaded: " + orEmpty(dlerror()));
    if (!library_.has("parley_plugin")) throw LoadError("it does not export parley_plugin");
    entry_ = library_.get<const PluginManifest*()>("parley_plugin")();
    manifest_ = copyOf(*entry_, file.filename().string());
  } catch (const std::exception& error) {
    unload();
    throw LoadError(file.filename().string() + ": " + error.what());
  }
}

Library::~Library() {
  unload();
}

bool Library::unload() {
  entry_ = nullptr;
  library_.unload();
  std::error_code ignored;
  fs::remove(copy_, ignored);
  return !isMapped();
}

bool Library::isMapped() const {
  if (copy_.empty()) return false;
  const auto open = [this] { return dlopen(copy_.c_str(), RTLD_LAZY | RTLD_NOLOAD); };
  void* handle = open();
  if (handle == nullptr) return false;
  dlclose(handle);
  handle = open();
  if (handle == nullptr) return false;
  dlclose(handle);
  return true;
}

}  // namespace parley::plugin
