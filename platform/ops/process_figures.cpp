// SPDX-License-Identifier: Apache-2.0
#include "ops/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
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

}  // namespace

ProcessFigures processFigures() {
  ProcessFigures figures;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) figures.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.maxFiles = static_cast<double>(limit.rlim_cur);
  figures.residentBytes = residentBytes();
  figures.openFiles = openFiles();
  return figures;
}

}  // namespace parley::ops
