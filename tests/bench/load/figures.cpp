// SPDX-License-Identifier: Apache-2.0
#include "figures.h"

#include "client.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace bench {

namespace {

double percentile(const std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

Process::Process(pid_t pid) : pid_(pid) {
  if (::clock_getcpuclockid(pid, &clock_) != 0) die("no process " + std::to_string(pid));
}

double Process::cpuSeconds() const {
  timespec time{};
  if (::clock_gettime(clock_, &time) != 0) die("the server's processor time");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double Process::residentBytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  double total = 0;
  double resident = 0;
  if (!(file >> total >> resident)) die("the server's memory");
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

Stopwatch::Stopwatch(const Process& process)
    : process_(&process), begin_(Steady::now()), cpuBegin_(process.cpuSeconds()) {}

void Stopwatch::stop() {
  seconds_ = millisecondsSince(begin_) / 1000;
  cpuSeconds_ = process_->cpuSeconds() - cpuBegin_;
}

Figures& Figures::add(std::string_view name, double value) {
  std::array<char, 64> number;
  const auto size = std::snprintf(number.data(), number.size(), "%.6g", value);
  text_ += text_.empty() ? "{\"" : ", \"";
  text_.append(name).append("\": ").append(number.data(), static_cast<std::size_t>(size));
  return *this;
}

Figures& Figures::addStretch(std::string_view prefix, const Stopwatch& watch, double count) {
  if (count == 0) die("nothing was done while it was measured");
  add(std::string(prefix) + "perSecond", count / watch.seconds());
  return add(std::string(prefix) + "cpuMicros", watch.cpuSeconds() * 1e6 / count);
}

Figures& Figures::addLatencies(std::string_view prefix, std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  add(std::string(prefix) + "p50", percentile(times, 0.5));
  add(std::string(prefix) + "p99", percentile(times, 0.99));
  return add(std::string(prefix) + "p999", percentile(times, 0.999));
}

void Figures::print() const {
  std::printf("%s}\n", text_.c_str());
  std::fflush(stdout);
}

}  // namespace bench
