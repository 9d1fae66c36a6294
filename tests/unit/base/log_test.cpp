// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/log_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parley/json.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace parley::base {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

template <typename Formatter>
std::string formatted(const std::string& text, const std::string& component = "net") {
  spdlog::memory_buf_t line;
  Formatter().format({component, spdlog::level::warn, text}, line);
  return {line.data(), line.size()};
}

class LogTest : public ::testing::Test {
 protected:
  LogTest()
      : folder_(std::filesystem::temp_directory_path() / ("parley-log-" + std::to_string(::getpid()))),
        options_{"info", false, folder_ / "parley.log"} {
    std::filesystem::create_directory(folder_);
  }
  ~LogTest() override {
    configureLog({});
    std::filesystem::remove_all(folder_);
  }
  static std::string contentOf(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder_;
  LogOptions options_;
};

TEST_F(LogTest, JsonLinesAreValidWhateverTheTextHolds) {
  for (const std::string text : {"plain", "quote \" back \\ slash", "line\nbreak\ttab\r", "\x01\x1f\x7f\x1b[31m",
                                 "中文 😀", "bad \xff\xc0\xaf utf-8 \xed\xa0\x80 \xf5\x80\x80\x80", "cut \xe4\xb8"}) {
    const auto line = formatted<JsonLogFormatter>(text);
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    ASSERT_FALSE(error) << line;
    EXPECT_EQ(value.at("component"), "net");
    EXPECT_EQ(value.at("level"), "warn");
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  }
  const auto value = boost::json::parse(formatted<JsonLogFormatter>("中文 \"x\"\n\x01"));
  EXPECT_EQ(value.at("text"), "中文 \"x\"\n\x01");
}

TEST_F(LogTest, EachByteThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(boost::json::parse(formatted<JsonLogFormatter>("a\xff\xe4\xb8")).at("text"), "a\uFFFD\uFFFD\uFFFD");
}

TEST_F(LogTest, TextLinesCannotBeForged) {
  const auto line = formatted<TextLogFormatter>("a\n2026 info net forged\x1b[2J");
  EXPECT_THAT(line, EndsWith(" warn net a\\n2026 info net forged\\u001b[2J\n"));
}

TEST_F(LogTest, LinesCarryTheRequestIdOfTheInnermostContext) {
  EXPECT_FALSE(boost::json::parse(formatted<JsonLogFormatter>("x")).as_object().contains("request"));
  const LogContext outer("outer");
  {
    const LogContext inner("in\"ner");
    EXPECT_EQ(boost::json::parse(formatted<JsonLogFormatter>("x")).at("request"), "in\"ner");
  }
  EXPECT_EQ(boost::json::parse(formatted<JsonLogFormatter>("x")).at("request"), "outer");
  EXPECT_THAT(formatted<TextLogFormatter>("x"), HasSubstr(" net [outer] x"));
  std::thread([] { EXPECT_THAT(formatted<TextLogFormatter>("x"), Not(HasSubstr("outer"))); }).join();
}

TEST_F(LogTest, ChangesReachLoggersThatExistAlready) {
  auto& logger = log("log-test");
  EXPECT_EQ(&logger, &log("log-test"));
  configureLog(options_);
  logger.info("first {}", 1);
  logger.debug("hidden");
  options_.level = "debug";
  options_.json = true;
  configureLog(options_);
  logger.debug("second");
  const auto content = contentOf(options_.file);
  EXPECT_THAT(content, HasSubstr("info log-test first 1\n"));
  EXPECT_THAT(content, Not(HasSubstr("hidden")));
  EXPECT_THAT(content, HasSubstr(R"("text":"second"})"));
}

TEST_F(LogTest, ConfiguringOpensAMovedFileAnew) {
  configureLog(options_);
  log("log-test").info("before");
  std::filesystem::rename(options_.file, folder_ / "moved.log");
  configureLog(options_);
  log("log-test").info("after");
  EXPECT_THAT(contentOf(folder_ / "moved.log"), HasSubstr("before"));
  EXPECT_THAT(contentOf(options_.file), HasSubstr("after"));
}

TEST_F(LogTest, BeginsALineAlsoWhereAFileWasCutOff) {
  std::ofstream(options_.file) << "a whole line\nhalf a li";
  configureLog(options_);
  log("log-test").info("next");
  configureLog(options_);
  log("log-test").info("last");
  EXPECT_THAT(contentOf(options_.file), MatchesRegex("a whole line\nhalf a li\n[^\n]* next\n[^\n]* last\n"));
}

TEST_F(LogTest, NewFilesAreNotForEverybody) {
  using std::filesystem::perms;
  options_.maxFileSize = 1000;
  configureLog(options_);
  for (int i = 0; i < 100; ++i) log("log-test").info("a line of some length, number {}", i);
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(entry.status().permissions() & ~(perms::owner_read | perms::owner_write | perms::group_read),
              perms::none);
  std::filesystem::permissions(options_.file, perms::others_read, std::filesystem::perm_options::add);
  configureLog(options_);
  EXPECT_NE(std::filesystem::status(options_.file).permissions() & perms::others_read, perms::none)
      << "as it is wanted";
}

TEST_F(LogTest, AFileThatCannotBeOpenedChangesNothing) {
  configureLog(options_);
  auto broken = options_;
  broken.file = folder_ / "parley.log" / "below-a-file.log";
  EXPECT_THROW(configureLog(broken), std::runtime_error);
  log("log-test").info("still here");
  EXPECT_THAT(contentOf(options_.file), HasSubstr("still here"));
}

TEST_F(LogTest, RotatesAndKeepsTheGivenNumber) {
  options_.maxFileSize = 1000;
  options_.maxFiles = 2;
  configureLog(options_);
  for (int i = 0; i < 100; ++i) log("log-test").info("a line of some length, number {}", i);
  const std::filesystem::directory_iterator files(folder_);
  const std::vector<std::filesystem::directory_entry> entries(begin(files), end(files));
  EXPECT_THAT(entries, SizeIs(3));
}

TEST_F(LogTest, ManyThreadsMayLogWhileTheTargetChanges) {
  configureLog(options_);
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([i] {
      for (int n = 0; n < 500; ++n) log("thread-" + std::to_string((i + n) % 7)).info("line");
    });
  std::thread changer([&] {
    while (!done) configureLog(options_);
  });
  for (auto& thread : threads) thread.join();
  done = true;
  changer.join();
  const auto content = contentOf(options_.file);
  EXPECT_EQ(std::count(content.begin(), content.end(), '\n'), 2000);
}

}  // namespace
}  // namespace parley::base
