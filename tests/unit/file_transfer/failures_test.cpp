// SPDX-License-Identifier: Apache-2.0
#include "failures.h"

#include <gtest/gtest.h>

#include <limits>

namespace file_transfer {

TEST(SizeText, IsShortAndNeverMoreThanThereIs) {
  EXPECT_EQ(sizeText(0), "0 B");
  EXPECT_EQ(sizeText(1023), "1023 B");
  EXPECT_EQ(sizeText(1024), "1 KiB");
  EXPECT_EQ(sizeText(1024 + 511), "1.4 KiB");
  EXPECT_EQ(sizeText(100ULL << 20U), "100 MiB");
  EXPECT_EQ(sizeText((10ULL << 30U) - 1), "9.9 GiB");
  EXPECT_EQ(sizeText(std::numeric_limits<std::uint64_t>::max()), "16777215.9 TiB");
}

TEST(FileFailures, NameTheLimitToPeopleAndToDevelopers) {
  const auto error = fileTooLarge(20U << 20U);
  EXPECT_EQ(error.code(), parley::ErrorCode::PayloadTooLarge);
  EXPECT_EQ(error.detail(), "file: must be at most 20971520 bytes");
  EXPECT_EQ(error.text().key, "file_transfer.tooLarge");
  EXPECT_EQ(error.text().values, (parley::Text::Values{{"size", "20 MiB"}}));
}

}  // namespace file_transfer
