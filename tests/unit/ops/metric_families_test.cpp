// SPDX-License-Identifier: Apache-2.0
#include "ops/metric_families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace parley::ops {
namespace {

using ::testing::HasSubstr;

TEST(MetricFamilies, WriteBoundsAsTheyAreMeant) {
  constexpr std::array<std::uint64_t, 3> bounds{100, 100'000, 2'500'000};
  MetricFamilies families;
  families.histogram("seconds", "help", base::Histogram::Figures{bounds, {1, 2, 0, 0}, 300'000}, 1e6);
  const auto text = families.text();
  for (const auto* line : {"le=\"0.0001\"} 1", "le=\"0.1\"} 3", "le=\"2.5\"} 3", "seconds_sum 0.3\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

}  // namespace
}  // namespace parley::ops
