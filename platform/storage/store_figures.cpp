// SPDX-License-Identifier: Apache-2.0
#include "storage/store_figures.h"

#include <algorithm>
#include <numeric>

namespace parley::storage {

std::uint64_t Durations::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool CommandCounters::ended(Kind kind, std::chrono::microseconds took, bool failed) {
  took = std::max(took, std::chrono::microseconds{0});
  auto& counts = kind == Kind::Read ? reads_ : writes_;
  const auto& bounds = Durations::bounds;
  const auto seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  ++counts.buckets.at(static_cast<std::size_t>(bucket));
  counts.microseconds += static_cast<std::uint64_t>(took.count());
  if (failed) ++failed_;
  if (took < slow_) return false;
  ++slowOnes_;
  return true;
}

Durations CommandCounters::Counts::durations() const {
  Durations durations;
  std::copy(buckets.begin(), buckets.end(), durations.counts.begin());
  durations.seconds = static_cast<double>(microseconds) / 1e6;
  return durations;
}

StoreFigures CommandCounters::figures() const {
  StoreFigures figures;
  figures.reads = reads_.durations();
  figures.writes = writes_.durations();
  figures.failed = failed_;
  figures.slow = slowOnes_;
  figures.retries = retries_;
  figures.writesDone = written_;
  figures.batches = batches_.figures();
  return figures;
}

}  // namespace parley::storage
