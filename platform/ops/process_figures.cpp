// SPDX-License-Identifier: Apache-2.0
#include "ops/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

namespace parley::ops {

namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double residentBytes() {
  std::ifstream in("/proc/self/statm");
  double size = 0;
  double resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double openFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  // The iterator's own is one of them.
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)) - 1);
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

ProcessFigures processFigures() {
  ProcessFigures figures;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) figures.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.maxFiles = static_cast<double>(limit.rlim_cur);
  figures.residentBytes = residentBytes();
  figures.openFiles = openFiles();
  figures.startTime = startTime();
  return figures;
}

}  // namespace parley::ops
