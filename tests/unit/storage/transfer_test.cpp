// SPDX-License-Identifier: Apache-2.0
#include "store_suite.h"
#include "temp_folder.h"

#include "storage/sqlite/backup.h"
#include "storage/transfer.h"
#include "storage/transfer_file.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace parley::storage {

namespace {

using testing::HasSubstr;

std::string contentOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

void ignore(const std::string& collection, std::int64_t documents) {
  EXPECT_FALSE(collection.empty());
  EXPECT_GT(documents, 0);
}

class Transfer : public StoreSuite {
 protected:
  void SetUp() override {
    StoreSuite::SetUp();
    if (IsSkipped()) return;
    store->define({"people",
                   {"friend", "seen.by"},
                   {"born", "seen.at"},
                   {{"byName", {{"name"}, {"born", true}}}, {"byMail", {{"mail"}}, true, true}}});
    other_ = GetParam().make();
    file = folder.file("data.ndjson");
  }

  void fill() {
    put({{"_id", "plain"}, {"n", 7}, {"real", 2.5}, {"text", "线\n\"x\""}, {"yes", true}, {"nothing", nullptr}});
    put({{"_id", "0123456789abcdef01234567"}, {"deep", {{"list", {1, "a", {{"b", JsonArray{}}}}}}}});
    store->insert("people", {{"_id", "alice"},
                             {"friend", "aaaaaaaaaaaaaaaaaaaaaaaa"},
                             {"born", "2001-02-03T04:05:06.789Z"},
                             {"seen", JsonArray{{{"by", "bob"}, {"at", "2024-01-01T00:00:00.000Z"}}}}});
  }

  ManagedStore& other() { return *other_.store; }

  std::string importFailure(ErrorCode code) {
    try {
      importFrom(file, other(), ignore);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.detail();
    }
    return "nothing was thrown";
  }

  TempFolder folder;
  std::string file;

 private:
  StoreUnderTest other_;
};

TEST_P(Transfer, WhatOthersHaveDefinedOfACollectionStays) {
  const std::string bob = "bbbbbbbbbbbbbbbbbbbbbbbb";
  store->insert("people", {{"_id", "alice"}, {"friend", bob}});
  store->define({"people", {"guest"}, {}, {{"byName", {{"name"}}}, {"byGuest", {{"guest"}}}}});
  EXPECT_EQ(store->count("people", where("friend") == bob), 1);
  store->insert("people", {{"_id", "carol"}, {"friend", bob}, {"mail", "a@b"}});
  EXPECT_EQ(codeOf([&] { store->insert("people", {{"_id", "dan"}, {"mail", "a@b"}}); }), ErrorCode::Conflict);
  const CollectionSpec whole{"people",
                             {"guest", "friend", "seen.by"},
                             {"born", "seen.at"},
                             {{"byName", {{"name"}}}, {"byGuest", {{"guest"}}}, {"byMail", {{"mail"}}, true, true}}};
  EXPECT_THAT(store->collections(), testing::Contains(whole));
}

TEST_P(Transfer, BringsEverythingToAnotherStore) {
  fill();
  const auto exported = exportTo(file, *store, ignore);
  EXPECT_EQ(exported.documents, 3);
  EXPECT_EQ(exported.collections, 2);
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));

  const auto imported = importFrom(file, other(), ignore);
  EXPECT_EQ(imported.documents, 3);
  EXPECT_EQ(imported.sha256, exported.sha256);
  EXPECT_EQ(other().find("people", where("born") < "2002-01-01T00:00:00.000Z"), store->find("people", {}));

  const auto again = folder.file("again.ndjson");
  EXPECT_EQ(exportTo(again, other(), ignore).sha256, exported.sha256);
  EXPECT_EQ(contentOf(again), contentOf(file));
  EXPECT_EQ(codeOf([&] {
              other().insert("people", {{"_id", "b"}, {"mail", "m"}});
              other().insert("people", {{"_id", "c"}, {"mail", "m"}});
            }),
            ErrorCode::Conflict)
      << "the unique index came with it";
}

TEST_P(Transfer, BringsMoreThanOneBatch) {
  std::vector<Document> documents;
  for (int i = 0; i < 1200; ++i) documents.push_back({{"_id", "id" + std::to_string(i)}, {"n", i}});
  store->insertMany("things", documents);
  exportTo(file, *store, ignore);
  importFrom(file, other(), ignore);
  EXPECT_EQ(other().count("things", where("n") >= 0), 1200);
}

TEST_P(Transfer, CanBeRepeatedAfterHavingBeenCutOff) {
  fill();
  exportTo(file, *store, ignore);
  other().define({"things", {}, {}, {}});
  other().insert("things", store->findOne("things", where("_id") == "plain").value());
  importFrom(file, other(), ignore);
  importFrom(file, other(), ignore);
  EXPECT_EQ(other().count("things", {}), 2);
  EXPECT_EQ(other().count("people", {}), 1);
}

TEST_P(Transfer, RefusesToMixWithOtherData) {
  fill();
  exportTo(file, *store, ignore);
  other().define({"things", {}, {}, {}});
  other().insert("things", {{"_id", "plain"}, {"n", 8}});
  EXPECT_THAT(importFailure(ErrorCode::Conflict), HasSubstr("another document plain in things"));
  EXPECT_EQ(other().findOne("things", where("_id") == "plain")->at("n"), 8);
}

TEST_P(Transfer, RefusesWhatIsDamagedBeforeItWritesAnything) {
  fill();
  exportTo(file, *store, ignore);
  const auto good = contentOf(file);
  const auto expectRefused = [&](std::string_view text, const char* why) {
    write(file, text);
    EXPECT_THAT(importFailure(ErrorCode::ValidationFailed), HasSubstr(why));
    EXPECT_EQ(codeOf([&] { other().count("people", {}); }), ErrorCode::ValidationFailed)
        << "there is no such collection";
  };
  auto changed = good;
  changed[changed.find("\"n\":7") + 4] = '8';
  expectRefused(changed, "the file is damaged");
  expectRefused(std::string_view(good).substr(0, good.size() - 1), "the file is cut off");
  expectRefused(std::string_view(good).substr(0, good.rfind("{\"end\"")), "the file is cut off");
  expectRefused("", "the file is cut off");
  expectRefused("{}\n", "line 1: is not the beginning of an export");
  expectRefused("{\"format\":\"parley-export\",\"version\":2}\n{}\n", "line 1: is of version 2");
  expectRefused("no JSON\n", "line 1: is not a JSON object");
}

TEST_P(Transfer, RefusesAPipeWhichItCouldReadOnceAlone) {
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(importFailure(ErrorCode::Unavailable), HasSubstr("is no regular file"));
}

TEST_P(Transfer, LeavesNothingWhereItCannotWrite) {
  fill();
  try {
    exportTo(folder.file("nowhere/data"), *store, ignore);
    ADD_FAILURE() << "it wrote";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.detail(), HasSubstr("nowhere/data.part: No such file or directory"));
  }
}

PARLEY_FOR_EACH_DRIVER(Transfer);

TEST(SqliteBackup, CopiesWhileOthersWrite) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("live.db");
  const auto store = openStore(options);
  store->define({"things", {}, {}, {}});
  store->insert("things", {{"_id", "first"}});
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) store->insert("things", {{"_id", std::to_string(i)}});
  });
  const auto copy = folder.file("copy.db");
  write(copy, "what was there before");
  sqlite::backup(options.sqlite, copy);
  stop = true;
  writer.join();

  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(copy).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_FALSE(std::filesystem::exists(copy + ".part"));
  options.sqlite.path = copy;
  const auto copied = openStore(options);
  copied->define({"things", {}, {}, {}});
  EXPECT_EQ(copied->count("things", where("_id") == "first"), 1);
}

TEST(SqliteBackup, MakesNoDatabaseWhereNoneIs) {
  const TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("missing.db");
  EXPECT_EQ(codeOf([&] { sqlite::backup(options, folder.file("copy.db")); }), ErrorCode::Unavailable);
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(options.path).parent_path()));
}

TEST(SqliteRestore, TakesThePlaceOfTheDatabaseAndItsLog) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("live.db");
  const auto copy = folder.file("copy.db");
  const auto log = options.sqlite.path + "-wal";
  {
    const auto store = openStore(options);
    store->define({"things", {}, {}, {}});
    store->insert("things", {{"_id", "first"}});
    sqlite::backup(options.sqlite, copy);
    store->insert("things", {{"_id", "second"}});
    std::filesystem::copy_file(log, folder.file("log"));
  }
  std::filesystem::copy_file(folder.file("log"), log);  // as a crash leaves it
  sqlite::restore(options.sqlite, copy);
  EXPECT_FALSE(std::filesystem::exists(log));
  EXPECT_TRUE(std::filesystem::exists(copy));
  const auto restored = openStore(options);
  restored->define({"things", {}, {}, {}});
  EXPECT_EQ(restored->count("things", {}), 1);
}

TEST(SqliteRestore, RefusesWhatIsNoGoodAndLeavesAllAsItIs) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("live.db");
  openStore(options)->define({"things", {}, {}, {}});
  const auto before = contentOf(options.sqlite.path);
  const auto copy = folder.file("copy.db");
  EXPECT_EQ(codeOf([&] { sqlite::restore(options.sqlite, copy); }), ErrorCode::Unavailable);
  for (const auto& content : {std::string(), std::string("no database"), before.substr(0, before.size() / 2)}) {
    write(copy, content);
    EXPECT_THROW(sqlite::restore(options.sqlite, copy), FileFault) << content.size();
  }
  EXPECT_EQ(contentOf(options.sqlite.path), before);
  EXPECT_FALSE(std::filesystem::exists(options.sqlite.path + ".part"));
}

}  // namespace

}  // namespace parley::storage
