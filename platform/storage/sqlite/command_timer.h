// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/store_figures.h"

#include <chrono>
#include <exception>
#include <string_view>

namespace parley::storage::sqlite {

/// Counts what runs in its scope as one command, and logs it when it was a slow one. It has failed when an exception
/// leaves the scope, or when it is said.
class CommandTimer {
 public:
  /// `collection`, of a read, is for the log; it outlives this.
  CommandTimer(CommandCounters& counters, CommandCounters::Kind kind, std::string_view collection = {})
      : counters_(counters), kind_(kind), collection_(collection) {}
  ~CommandTimer();
  CommandTimer(const CommandTimer&) = delete;
  CommandTimer& operator=(const CommandTimer&) = delete;

  void fail() { failed_ = true; }

 private:
  CommandCounters& counters_;
  CommandCounters::Kind kind_;
  std::string_view collection_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  int exceptions_ = std::uncaught_exceptions();
  bool failed_ = false;
};

}  // namespace parley::storage::sqlite
