// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a process takes, as the kernel counts it, all threads together.
class Process {
 public:
  explicit Process(pid_t pid);

  double cpuSeconds() const;
  double residentBytes() const;

 private:
  pid_t pid_;
  clockid_t clock_{};
};

/// A stretch that is measured, from when this is made: its time, and what a process takes meanwhile.
class Stopwatch {
 public:
  explicit Stopwatch(const Process& process);

  void stop();
  double seconds() const { return seconds_; }        ///< until stop()
  double cpuSeconds() const { return cpuSeconds_; }  ///< of the process, until stop()

 private:
  const Process* process_;
  std::chrono::steady_clock::time_point begin_;
  double cpuBegin_;
  double seconds_ = 0;
  double cpuSeconds_ = 0;
};

/// One line of JSON, `{"name": 1.5, …}`, which compare reads.
class Figures {
 public:
  Figures& add(std::string_view name, double value);
  /// "perSecond" and "cpuMicros" of so many things that were done in a stretch, behind a prefix.
  Figures& addStretch(std::string_view prefix, const Stopwatch& watch, double count);
  /// "p50", "p99" and "p999" of these, behind a prefix.
  Figures& addLatencies(std::string_view prefix, std::vector<double>& times);
  void print() const;

 private:
  std::string text_;
};

}  // namespace bench
