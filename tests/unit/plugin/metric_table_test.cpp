// SPDX-License-Identifier: Apache-2.0
#include "plugin/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace parley::plugin {
namespace {

std::string refusal(const std::function<void()>& add) {
  try {
    add();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Conflict);
    return error.detail();
  }
  return "not refused";
}

TEST(MetricTable, AMetricIsOnePluginsAlone) {
  MetricTable table;
  auto metric = table.add("a", "b_x", "Things");
  EXPECT_EQ(table.add("a", "b_x", "Things"), metric);
  EXPECT_THAT(refusal([&] { table.add("a_b", "x", "Others"); }), testing::HasSubstr("parley_a_b_x, as one of a"));
  metric.reset();
  EXPECT_NO_THROW(table.add("a_b", "x", "Others")) << "nobody has it any more";
}

}  // namespace
}  // namespace parley::plugin
