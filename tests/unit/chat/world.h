// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
#include "chat/chat.h"
#include "chat/collections.h"
#include "plugin/data_subjects.h"
#include "plugin/hook_table.h"
#include "recording_sockets.h"
#include "storage/forwarding_store.h"
#include "storage/open_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace parley::chat::test {

/// Time that stands still until it is moved. [any thread]
class FakeClock final : public Clock {
 public:
  Time now() const override { return Time{Millis{1'700'000'000'000 + passed_.load()}}; }
  Instant steady() const override { return Instant{} + Millis{passed_.load()}; }
  void advance(Millis by) { passed_ += by.count(); }

 private:
  std::atomic<Millis::rep> passed_{0};
};

/// What goes wrong with the database.
struct Faults {
  std::atomic<bool> noAcknowledgements{false};       ///< writes are done, and answered UNAVAILABLE
  std::atomic<bool> noAnswers{false};                ///< likewise what is changed and given back in one
  std::atomic<bool> noMessageReads{false};           ///< reads of messages are UNAVAILABLE
  std::atomic<int> sessionReadsLeft{1'000'000'000};  ///< then reads of sessions are UNAVAILABLE
};

class FaultyStore final : public storage::ForwardingStore {
 public:
  FaultyStore(std::unique_ptr<storage::ManagedStore> store, Faults& faults)
      : ForwardingStore(std::move(store)), faults_(faults) {}

  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override {
    inner().submit(std::move(writes), [this, done = std::move(done)](const Result<WriteSummary>& result) {
      if (result && faults_.noAcknowledgements)
        return done(Error(ErrorCode::Unavailable, "nobody has acknowledged it"));
      done(result);
    });
  }
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override {
    auto found = inner().findAndUpdate(collection, filter, update);
    if (faults_.noAnswers) throw Error(ErrorCode::Unavailable, "nobody has answered");
    return found;
  }
  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override {
    if ((collection == collections::sessions && faults_.sessionReadsLeft-- <= 0) ||
        (collection == collections::messages && faults_.noMessageReads))
      throw Error(ErrorCode::Unavailable, "too many reads are running");
    inner().forEach(collection, filter, options, each);
  }

 private:
  Faults& faults_;
};

/// The chat rules on a database of their own.
class World {
 public:
  explicit World(ChatOptions options = {}, Millis gatherDelay = storage::StorageOptions().gatherDelay)
      : options_(options), gatherDelay_(gatherDelay), folder_(makeFolder()) {
    begin();
  }
  ~World() {
    end();
    std::filesystem::remove_all(folder_);
  }

  /// As a new process on the same database.
  void restart() {
    end();
    begin();
  }

  /// As a new process on what a crash would leave of the database.
  void crash() {
    settle();
    const auto left = makeFolder();
    for (const auto* file : {"chat.db", "chat.db-wal"}) std::filesystem::copy(folder_ / file, left / file);
    end();
    std::filesystem::remove_all(std::exchange(folder_, left));
    begin();
  }

  /// Another node on the same database.
  std::unique_ptr<Chat> otherNode() {
    auto node = std::make_unique<Chat>(*store, sockets, hooks, *pool, clock, options_);
    for (const auto* type : {"private", "group"}) node->sessionTypes().allow(type);
    return node;
  }

  /// Waits for everything that was started.
  void settle() { ASSERT_TRUE(chat->drain(Millis{60'000})); }

  Session session(const std::string& userId1, const std::string& userId2) {
    return chat->sessions().openPrivate(userId1, userId2).session;
  }

  FakeClock clock;
  RecordingSockets sockets;
  plugin::HookTable hooks;
  plugin::DataSubjects subjects;
  Faults faults;
  std::unique_ptr<storage::ManagedStore> store;
  std::unique_ptr<base::WorkerPool> pool;
  std::unique_ptr<Chat> chat;

 private:
  static std::filesystem::path makeFolder() {
    auto name = (std::filesystem::temp_directory_path() / "parley-chat-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
  }
  void begin() {
    storage::StorageOptions storage;
    storage.sqlite.path = (folder_ / "chat.db").string();
    storage.gatherDelay = gatherDelay_;
    store = std::make_unique<FaultyStore>(storage::openStore(storage), faults);
    pool = std::make_unique<base::WorkerPool>(4, 100'000);
    chat = std::make_unique<Chat>(*store, sockets, hooks, *pool, clock, options_);
    chat->catchUp();
    for (const auto* type : {"private", "group"}) chat->sessionTypes().allow(type);
    sockets.observe(chat.get());
  }
  void end() {
    chat->drain(Millis{60'000});
    pool->stop();
    chat.reset();
    store.reset();
    pool.reset();
  }

  ChatOptions options_;
  Millis gatherDelay_;
  std::filesystem::path folder_;
};

inline MessageDraft draft(const std::string& sessionId, const std::string& senderId, const std::string& content) {
  MessageDraft made;
  made.sessionId = sessionId;
  made.senderId = senderId;
  made.content = content;
  return made;
}

/// The page, which is the same when it is written out.
inline Messages::History historyOf(Messages& messages, const Messages::HistoryQuery& query) {
  const auto history = messages.history(query);
  const auto written = messages.writtenHistory(query);
  JsonArray list;
  for (const auto& message : history.messages) list.push_back(message.toJson());
  EXPECT_EQ(written.messages.text, boost::json::serialize(list));
  EXPECT_EQ(written.pagination.toJson(), history.pagination.toJson());
  return history;
}

/// The code and detail that a call is refused with.
template <typename Call>
std::pair<ErrorCode, std::string> refusalOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return {error.code(), error.detail()};
  }
  ADD_FAILURE() << "nothing was refused";
  return {ErrorCode::Internal, ""};
}

}  // namespace parley::chat::test
