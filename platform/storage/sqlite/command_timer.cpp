// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/command_timer.h"

#include "base/log.h"

namespace parley::storage::sqlite {

CommandTimer::~CommandTimer() {
  using std::chrono::microseconds;
  const auto took = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - since_);
  const bool failed = failed_ || std::uncaught_exceptions() > exceptions_;
  if (!counters_.ended(kind_, took, failed)) return;
  base::log("storage").warn("sqlite: slow: {}{} took {} ms{}",
                            kind_ == CommandCounters::Kind::Read ? "reading " : "a commit", collection_,
                            took.count() / 1000, failed ? " and failed" : "");
}

}  // namespace parley::storage::sqlite
