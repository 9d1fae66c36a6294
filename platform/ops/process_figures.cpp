// SPDX-License-Identifier: Apache-2.0
#include "ops/process_figures.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace parley::ops {

namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Field 22 of /proc/self/stat, in ticks since the system began (proc(5)).
double startTime() {
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  std::ifstream systemStat("/proc/stat");
  std::string name;
  double systemStart = 0;
  while (systemStat >> name && name != "btime") systemStat.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  systemStat >> systemStart;
  return systemStart + std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessReader::ProcessReader()
    : startTime_(startTime()),
      memory_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      files_(::opendir("/proc/self/fd"), &::closedir) {}

ProcessFigures ProcessReader::read() const {
  ProcessFigures figures;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) figures.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.maxFiles = static_cast<double>(limit.rlim_cur);
  figures.residentBytes = residentBytes();
  figures.openFiles = openFiles();
  figures.startTime = startTime_;
  return figures;
}

/// The second number of /proc/self/statm, in pages (proc(5)).
double ProcessReader::residentBytes() const {
  std::array<char, 128> text{};
  if (::pread(memory_.get(), text.data(), text.size() - 1, 0) <= 0) return 0;
  const auto* second = std::strchr(text.data(), ' ');
  return second == nullptr ? 0 : std::strtod(second, nullptr) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double ProcessReader::openFiles() const {
  const std::lock_guard lock(mutex_);
  if (!files_) return 0;
  ::rewinddir(files_.get());
  double count = 0;
  while (const auto* entry = ::readdir(files_.get())) count += entry->d_name[0] == '.' ? 0 : 1;
  return count;
}

}  // namespace parley::ops
