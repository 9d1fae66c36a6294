// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

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

/// One line of JSON, `{"name": 1.5, …}`, which compare reads.
class Figures {
 public:
  Figures& add(std::string_view name, double value);
  /// "p50", "p99" and "p999" of these, behind a prefix.
  Figures& addLatencies(std::string_view prefix, std::vector<double>& times);
  void print() const;

 private:
  std::string text_;
};

}  // namespace bench
