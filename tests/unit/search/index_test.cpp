// SPDX-License-Identifier: Apache-2.0
#include "builtin_engine.h"

#include "storage/open_store.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace search {

namespace {

using namespace parley;

/// A store that may fail at a write, as one does whose process ends there: what was written before stays.
class FailingStore final : public Store {
 public:
  explicit FailingStore(Store& store) : store_(store) {}
  std::optional<int> writesLeft;  ///< nothing: all succeed
  bool readsFail = false;

  void define(const CollectionSpec& spec) override { store_.define(spec); }
  void insert(const std::string& collection, Document document) override {
    write();
    store_.insert(collection, std::move(document));
  }
  void insertMany(const std::string& collection, std::vector<Document> documents) override {
    write();
    store_.insertMany(collection, std::move(documents));
  }
  std::optional<Document> findOne(const std::string& collection, const Filter& filter,
                                  const FindOptions& options) override {
    return store_.findOne(collection, filter, options);
  }
  std::vector<Document> find(const std::string& collection, const Filter& filter, const FindOptions& options) override {
    return store_.find(collection, filter, options);
  }
  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override {
    if (readsFail) throw Error(ErrorCode::Unavailable, "too many reads are running");
    store_.forEach(collection, filter, options, each);
  }
  std::int64_t count(const std::string& collection, const Filter& filter) override {
    return store_.count(collection, filter);
  }
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                        const std::string& field) override {
    return store_.groupCount(collection, filter, field);
  }
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override {
    write();
    return store_.findAndUpdate(collection, filter, update);
  }
  Document upsert(const std::string& collection, const Filter& filter, const Update& update) override {
    write();
    return store_.upsert(collection, filter, update);
  }
  std::int64_t update(const std::string& collection, const Filter& filter, const Update& update) override {
    write();
    return store_.update(collection, filter, update);
  }
  std::int64_t remove(const std::string& collection, const Filter& filter) override {
    write();
    return store_.remove(collection, filter);
  }
  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override {
    store_.submit(std::move(writes), std::move(done));
  }

 private:
  void write() {
    if (writesLeft && (*writesLeft)-- <= 0) throw Error(ErrorCode::Unavailable, "the disk is gone");
  }
  Store& store_;
};

/// Messages, an index of them, and what a search must find by looking at each.
class Index : public testing::Test {
 protected:
  struct Stored {
    Entry entry;
    std::string content;
  };

  Index() {
    auto name = (std::filesystem::temp_directory_path() / "parley-search-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    storage::StorageOptions options;
    options.sqlite.path = (folder_ / "index.db").string();
    database_ = storage::openStore(options);
    store = std::make_unique<FailingStore>(*database_);
    for (const auto& spec : BuiltinEngine::collections()) store->define(spec);
    options_.flushMessages = 16;
    options_.mergeFactor = 3;
    options_.maxSegment = 1000;
    options_.pageBytes = 256;
    options_.cacheBytes = 4096;
    open();
  }
  ~Index() override {
    engine.reset();
    store.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    Source source;
    source.contents = [this](std::string_view session, const std::vector<std::int64_t>& seqs, const auto& each) {
      for (const auto seq : seqs)
        if (const auto found = stored.find({std::string(session), seq}); found != stored.end())
          each(seq, found->second.content);
    };
    source.goneSessions = [this](const std::vector<std::string>& ids) {
      std::set<std::string> gone;
      for (const auto& session : ids) {
        const auto first = stored.lower_bound({session, 0});
        if (first == stored.end() || first->first.first != session) gone.insert(session);
      }
      return gone;
    };
    engine = std::make_unique<BuiltinEngine>(*store, options_, source);
    engine->open();
  }

  void send(const std::string& session, const std::string& content) {
    const auto last = stored.lower_bound({session + "\x7f", 0});
    const bool any = last != stored.begin() && std::prev(last)->first.first == session;
    const auto seq = any ? std::prev(last)->first.second + 1 : 1;
    char id[25];
    std::snprintf(id, sizeof id, "%024d", ++sent_);
    time_ += static_cast<std::int64_t>(random() % 3);
    Entry entry{id, session, seq, time_, content, 0};
    stored[{session, seq}] = {entry, content};
    ASSERT_NE(engine->add(std::move(entry)), Engine::Added::NoRoom);
  }

  void change(Stored& message, const std::string& content) {
    message.content = message.entry.text = content;
    message.entry.changedAt = ++time_;
    ASSERT_NE(engine->add(message.entry), Engine::Added::NoRoom);
  }

  void dissolve(const std::string& session) {
    std::erase_if(stored, [&](const auto& message) { return message.first.first == session; });
    engine->forgetSession(session);
  }

  void work() {
    const std::stop_token never;
    while (engine->work(never)) {
    }
  }

  /// As a new process: what waited is brought again, as the Follower does.
  void restart() {
    store->writesLeft.reset();
    engine.reset();
    open();
    for (const auto& [place, message] : stored) ASSERT_NE(engine->add(message.entry), Engine::Added::NoRoom);
  }

  void expectExact(const std::string& keyword, std::vector<Place> places, std::int64_t offset, std::int64_t limit) {
    const Query query(keyword);
    std::vector<const Entry*> expected;
    for (const auto& [place, message] : stored)
      for (const auto& seen : places)
        if (seen.sessionId == place.first && place.second >= seen.from && query.matches(foldText(message.content)))
          expected.push_back(&message.entry);
    std::sort(expected.begin(), expected.end(), [](const Entry* a, const Entry* b) {
      return isNewer(a->time, a->sessionId, a->seq, b->time, b->sessionId, b->seq);
    });
    const auto found = engine->find({keyword, std::move(places), offset, limit});
    ASSERT_EQ(found.total, static_cast<std::int64_t>(expected.size())) << keyword;
    const auto shown = std::clamp<std::int64_t>(found.total - offset, 0, limit);
    ASSERT_EQ(static_cast<std::int64_t>(found.hits.size()), shown) << keyword;
    for (std::int64_t i = 0; i < shown; ++i) {
      const auto& hit = found.hits[static_cast<std::size_t>(i)];
      const auto* wanted = expected[static_cast<std::size_t>(offset + i)];
      ASSERT_EQ(hit.sessionId, wanted->sessionId) << keyword << " " << i;
      ASSERT_EQ(hit.seq, wanted->seq) << keyword << " " << i;
    }
  }

  std::string text() {
    static const std::vector<std::string> words{"北", "京", "北京", "工作", "天气", "hello", "help", "world", "wor",
                                                "é",  "%",  "😀",    "が",   "안녕", " ",     " ",    " "};
    std::string text;
    const auto count = 1 + random() % 6;
    for (std::size_t i = 0; i < count; ++i) text += words[random() % words.size()];
    return text;
  }

  static std::vector<Place> sorted(std::vector<Place> places) {
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.sessionId < b.sessionId; });
    return places;
  }

  void expectAllExact() {
    std::vector<Place> everywhere{{"unknown", 1}};
    for (const auto& session : sessions) everywhere.push_back({session, 1});
    for (const auto* keyword : {"北", "京", "北京", "北京工作", "京北", "天气", "h", "hel", "hello", "world", "e", "%",
                                "😀", "が", "か", "안녕", "hello 北京", "hello world", "nothing"}) {
      expectExact(keyword, sorted({{sessions[1], 1}, {sessions[3], 5}, {sessions[4], 1}}), 0, 10);
      expectExact(keyword, sorted(everywhere), 7, 20);
      if (HasFatalFailure()) return;
    }
    expectExact("h", {}, 0, 10);
    expectExact("h", {{sessions[2], 3}}, 1000, 10);
  }

  const std::string& anySession() { return sessions[random() % sessions.size()]; }

  std::mt19937 random{7};
  std::vector<std::string> sessions{"s0", "s1", "s2", "s3", "s4"};
  std::map<std::pair<std::string, std::int64_t>, Stored> stored;
  std::unique_ptr<FailingStore> store;
  std::unique_ptr<BuiltinEngine> engine;
  IndexOptions options_;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<storage::ManagedStore> database_;
  int sent_ = 0;
  std::int64_t time_ = 1'700'000'000'000;
};

TEST_F(Index, FindsAtOnceAndAfterwards) {
  send("s1", "你好，世界");
  expectExact("世界", {{"s1", 1}}, 0, 10);
  for (int i = 0; i < 100; ++i) send("s1", "你好 " + std::to_string(i));
  expectExact("你好", {{"s1", 50}}, 0, 10);
  work();
  expectExact("你好", {{"s1", 50}}, 0, 10);
  EXPECT_EQ(engine->state().indexed + static_cast<std::int64_t>(engine->state().pending), 101);
}

TEST_F(Index, StaysExactWhateverHappens) {
  for (int round = 0; round < 400; ++round) {
    const auto what = random() % 100;
    if (what < 70) {
      const auto count = random() % 20;
      for (std::size_t i = 0; i < count; ++i) send(anySession(), text());
    } else if (what < 85 && !stored.empty()) {
      auto message = stored.begin();
      std::advance(message, static_cast<std::ptrdiff_t>(random() % stored.size()));
      change(message->second, random() % 2 == 0 ? "" : text());
    } else if (what < 87) {
      auto& session = sessions[random() % sessions.size()];
      dissolve(session);
      session = "t" + std::to_string(round);  // ids are never used again
    } else if (what < 92) {
      restart();
    } else {
      work();
    }
    if (round % 10 == 0) expectAllExact();
    if (HasFatalFailure()) return;
  }
  work();
  expectAllExact();
}

/// A crash, or a failure of the database, at each of the first writes of a great deal of work.
TEST_F(Index, StaysExactWhereverItIsInterrupted) {
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 40; ++i) send(anySession(), text());
    auto message = stored.begin();
    std::advance(message, static_cast<std::ptrdiff_t>(random() % stored.size()));
    change(message->second, text());
    store->writesLeft = round;
    try {
      work();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    }
    expectAllExact();
    if (round % 2 == 0) restart();
    store->writesLeft.reset();
    expectAllExact();
    if (HasFatalFailure()) return;
  }
  work();
  expectAllExact();
}

TEST_F(Index, LeavesNothingBehind) {
  for (int i = 0; i < 500; ++i) send("s" + std::to_string(i % 5), text());
  work();
  restart();
  work();
  std::set<std::string> segments;
  store->forEach(pagesCollection, Filter(), {}, [&](Document&& page) {
    segments.insert(std::string(textOf(page, "_id").substr(0, 8)));
    return true;
  });
  EXPECT_EQ(segments.size(), static_cast<std::size_t>(engine->state().more.at("segments").to_number<int>()));
  EXPECT_GT(segments.size(), 0U);
  for (const auto* session : {"s0", "s1", "s2", "s3", "s4"}) dissolve(session);
  work();
  EXPECT_EQ(store->count(pagesCollection, Filter()), 0);
}

TEST_F(Index, IsEmptyAfterClearing) {
  for (int i = 0; i < 100; ++i) send("s1", "hello");
  work();
  stored.clear();
  engine->clear();
  engine->forgetSession("s1");
  expectExact("hello", {{"s1", 1}}, 0, 10);
  work();
  EXPECT_EQ(store->count(pagesCollection, Filter()), 0);
}

TEST_F(Index, SaysWhenItHasNoRoom) {
  options_.maxPending = 20;
  restart();
  for (int i = 0; i < 20; ++i) send("s1", "hello");
  EXPECT_EQ(engine->add({"x", "s1", 21, 1, "hello", 0}), Engine::Added::NoRoom);
  work();
  EXPECT_EQ(engine->add({"x", "s1", 21, 1, "hello", 0}), Engine::Added::News);
}

TEST_F(Index, KeepsTheLatestVersionWhateverComesLater) {
  send("s1", "hello");
  auto& message = stored.begin()->second;
  const auto first = message.entry;
  change(message, "world");
  const auto second = message.entry;
  change(message, "again");
  for (const bool indexed : {false, true}) {
    if (indexed) {
      for (int i = 0; i < 40; ++i) send("s2", "other");
      work();
    }
    for (const auto& entry : {first, second, message.entry})
      EXPECT_EQ(engine->add(entry), Engine::Added::Known) << entry.text;
    expectExact("hello", {{"s1", 1}}, 0, 10);
    expectExact("world", {{"s1", 1}}, 0, 10);
    expectExact("again", {{"s1", 1}}, 0, 10);
  }
}

TEST_F(Index, HidesTheVersionBeforeAlsoWhenThatFailedAtFirst) {
  for (int i = 0; i < 20; ++i) send("s1", "hello");
  work();
  engine.reset();
  open();  // no table is in memory
  auto& message = stored.begin()->second;
  message.content = message.entry.text = "world";
  message.entry.changedAt = 1;
  store->readsFail = true;
  EXPECT_THROW(static_cast<void>(engine->add(message.entry)), Error);
  store->readsFail = false;
  EXPECT_EQ(engine->add(message.entry), Engine::Added::News);
  expectExact("hello", {{"s1", 1}}, 0, 100);
  expectExact("world", {{"s1", 1}}, 0, 100);
}

TEST_F(Index, RefusesDamagedPages) {
  for (int i = 0; i < 20; ++i) send("s1", "hello");
  work();
  store->update(pagesCollection, Filter(), Update().set("data", "hello ~~~"));
  EXPECT_THROW(engine->find({"hello", {{"s1", 1}}, 0, 10}), std::runtime_error);
}

}  // namespace

}  // namespace search
