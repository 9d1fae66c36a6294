// SPDX-License-Identifier: Apache-2.0
#include <parley/time.h>

#include <gtest/gtest.h>

namespace parley {

TEST(Time, WritesAndReadsTheSameInstant) {
  const Time time{Millis{1704067200123}};
  EXPECT_EQ(toIso8601(time), "2024-01-01T00:00:00.123Z");
  EXPECT_EQ(fromIso8601("2024-01-01T00:00:00.123Z"), time);
}

TEST(Time, RefusesEverythingElse) {
  for (const auto* text : {"", "2024-01-01", "2024-13-01T00:00:00.000Z", "2024-02-30T00:00:00.000Z",
                           "2024-01-01T24:00:00.000Z", "2024-01-01T00:00:00.000+", "x024-01-01T00:00:00.000Z"})
    EXPECT_FALSE(fromIso8601(text)) << text;
}

TEST(Time, IsWrittenAsHttpWantsIt) {
  EXPECT_EQ(httpDate(*fromIso8601("1994-11-06T08:49:37.999Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(httpDate(*fromIso8601("2024-02-29T23:59:59.000Z")), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace parley
