// SPDX-License-Identifier: Apache-2.0
#include "host/data_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parley/error.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace parley::host {
namespace {

using ::testing::HasSubstr;

class DataLockTest : public ::testing::Test {
 protected:
  ~DataLockTest() override { std::filesystem::remove_all(folder_); }

  std::string refusal(const std::string& file) const {
    try {
      const DataLock lock(file);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unavailable);
      return error.detail();
    }
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("parley-lock-" + std::to_string(::getpid()));
  const std::string file_ = folder_ / "deep" / "chat.db";
};

TEST_F(DataLockTest, MakesTheFolderAndRefusesASecondOwner) {
  {
    const DataLock lock(file_);
    const auto text = refusal(file_);
    EXPECT_THAT(text, HasSubstr(file_));
    EXPECT_THAT(text, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_EQ(refusal(file_), "");
}

TEST_F(DataLockTest, ALockFileThatWasLeftBehindIsNoLock) {
  std::filesystem::create_directories(folder_);
  const auto file = folder_ / "chat.db";
  std::ofstream(file.string() + ".lock") << "123456789012345678901234567890";
  const DataLock lock(file);
  EXPECT_THAT(refusal(file), HasSubstr("(process " + std::to_string(::getpid()) + ")"));
}

TEST_F(DataLockTest, ALinkLeadsToTheSameLock) {
  std::filesystem::create_directories(folder_ / "deep");
  const std::string link = folder_ / "link.db";
  std::filesystem::create_symlink("deep/chat.db", link);  // which is still to be made
  EXPECT_EQ(realPath(link), std::filesystem::canonical(folder_ / "deep") / "chat.db");
  EXPECT_EQ(realPath("to-be-made.db"), std::filesystem::current_path() / "to-be-made.db");
  const DataLock lock(link);
  EXPECT_THAT(refusal(file_), HasSubstr("in use"));
  std::ofstream(file_) << "";
  EXPECT_THAT(refusal(file_), HasSubstr("in use"));
  EXPECT_THAT(refusal(link), HasSubstr("in use"));
}

TEST_F(DataLockTest, RefusesAFileOfSeveralNames) {
  std::filesystem::create_directories(folder_ / "deep");
  std::ofstream(file_) << "";
  std::filesystem::create_hard_link(file_, folder_ / "other.db");
  EXPECT_THAT(refusal(file_), HasSubstr("hard link"));
  EXPECT_THAT(refusal(folder_ / "other.db"), HasSubstr("hard link"));
  std::filesystem::remove(folder_ / "other.db");
  EXPECT_EQ(refusal(file_), "");
}

TEST_F(DataLockTest, NamesAFolderThatCannotBeMade) {
  EXPECT_THAT(refusal("/proc/no/such/chat.db"), HasSubstr("/proc/no/such"));
}

}  // namespace
}  // namespace parley::host
