// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/socket.h>
#include <parley/store.h>
#include <parley/tokens.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Services that do nothing but keep what they were given, for the test to look at and to answer.

namespace parley::plugin::test {

class FakeStore final : public Store {
 public:
  std::vector<std::string> defined;
  std::vector<std::function<void(Result<WriteSummary>)>> completions;

  /// count("block") waits from now on until unblock().
  void block() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
  }
  void unblock() {
    const std::lock_guard lock(mutex_);
    blocked_ = false;
    changed_.notify_all();
  }
  void waitUntilWaiting(int calls = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= calls; });
  }

  void define(const CollectionSpec& spec) override { defined.push_back(spec.name); }
  std::int64_t count(const std::string&, const Filter&) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !blocked_; });
    return --waiting_, 7;
  }
  void submit(std::vector<Write>, std::function<void(Result<WriteSummary>)> done) override {
    completions.push_back(std::move(done));
  }

  void insert(const std::string&, Document) override { unused(); }
  void insertMany(const std::string&, std::vector<Document>) override { unused(); }
  std::optional<Document> findOne(const std::string&, const Filter&, const FindOptions&) override { unused(); }
  std::vector<Document> find(const std::string&, const Filter&, const FindOptions&) override { unused(); }
  void forEach(const std::string&, const Filter&, const FindOptions&, const std::function<bool(Document&&)>&) override {
    unused();
  }
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string&, const Filter&,
                                                        const std::string&) override {
    unused();
  }
  std::optional<Document> findAndUpdate(const std::string&, const Filter&, const Update&) override { unused(); }
  Document upsert(const std::string&, const Filter&, const Update&) override { unused(); }
  std::int64_t update(const std::string&, const Filter&, const Update&) override { unused(); }
  std::int64_t remove(const std::string&, const Filter&) override { unused(); }

 private:
  [[noreturn]] static void unused() { throw std::logic_error("no test uses this"); }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool blocked_ = false;
  int waiting_ = 0;
};

class FakeSockets final : public Sockets {
 public:
  std::vector<Emit> emits;
  std::vector<std::function<void(Result<Payload>)>> asked;

  void toSocket(const std::string&, Emit emit) override { emits.push_back(std::move(emit)); }
  void toUsers(const std::vector<std::string>&, Emit emit) override { emits.push_back(std::move(emit)); }
  void toRoom(const std::string&, Emit emit) override { emits.push_back(std::move(emit)); }
  void toEveryone(Emit emit) override { emits.push_back(std::move(emit)); }
  void ask(const std::string&, Emit, Millis, std::function<void(Result<Payload>)> done) override {
    asked.push_back(std::move(done));
  }
  void join(const std::string&, const std::string&) override {}
  void leave(const std::string&, const std::string&) override {}
  void disconnect(const std::string&, bool) override {}
  bool bindUser(const std::string&, const std::string&, const std::string&) override { return true; }
  std::vector<std::string> socketsOf(const std::string&) const override { return {}; }
  bool isOnline(const std::string&) const override { return false; }
};

class FakeMessages final : public Messages {
 public:
  std::vector<Sent> sent;

  void send(MessageDraft, Sent done) override { sent.push_back(std::move(done)); }
  Message send(MessageDraft) override { return {}; }
  std::optional<Message> find(const std::string&) override { return std::nullopt; }
  std::vector<Message> findMany(const std::vector<std::string>&) override { return {}; }
  Message change(const std::string&, const Change&) override { return {}; }
  Message remove(const std::string&, const std::string&) override { return {}; }
  History history(const HistoryQuery&) override { return {}; }
  WrittenHistory writtenHistory(const HistoryQuery&) override { return {}; }
  void delivered(const std::vector<Message>&) override {}
};

class FakeReads final : public Reads {
 public:
  Marked markMessage(const std::string&, const std::string&) override { return {}; }
  Marked markUpTo(const std::string&, const std::string&, std::optional<std::int64_t>) override { return {}; }
  void markMessage(const std::string&, const std::string&, Done done) override { done(Marked{}); }
  void markUpTo(const std::string&, const std::string&, std::optional<std::int64_t>, Done done) override {
    done(Marked{});
  }
  Unread unread(const std::string&) override { return {}; }
  Totals totals(const std::string&) override { return {}; }
};

class FakeUsers final : public Users {
 public:
  User save(const User& user) override { return user; }
  User create(const User& user, const JsonObject&) override { return user; }
  User join(const User& user, const std::string&) override { return user; }
  void join(const User& user, const std::string&, Joined done) override { done(user); }
  std::optional<User> find(const std::string&) override { return std::nullopt; }
  std::vector<User> findMany(const std::vector<std::string>&) override { return {}; }
  void erase(const std::string&) override {}
  Page list(const std::string&, std::int64_t, std::int64_t) override { return {}; }
};

class FakeSessions final : public Sessions {
 public:
  Made openPrivate(const std::string&, const std::string&) override { return {}; }
  Session create(const NewSession&) override { return {}; }
  Session update(const std::string&, const Change&) override { return {}; }
  std::vector<std::string> addMembers(const std::string&, const std::vector<std::string>&, bool, const std::string&,
                                      std::int64_t) override {
    return {};
  }
  bool removeMember(const std::string&, const std::string&, const std::string&) override { return false; }
  Member updateMember(const std::string&, const std::string&, const MemberChange&) override { return {}; }
  void remove(const std::string&, const std::string&) override {}
  std::optional<Session> find(const std::string&) override { return std::nullopt; }
  bool isParticipant(const std::string&, const std::string&) override { return false; }
  std::vector<std::string> participantsOf(const std::string&) override { return {}; }
  std::optional<Member> member(const std::string&, const std::string&) override { return std::nullopt; }
  std::vector<Member> members(const std::string&) override { return {}; }
  std::optional<std::int64_t> visibleFrom(const std::string&, const std::string&) override { return std::nullopt; }
  std::vector<Place> placesOf(const std::string&) override { return {}; }
  Page listFor(const std::string&, std::int64_t, std::int64_t) override { return {}; }
  JsonArray toJson(const std::vector<Session>&, const std::string&) override { return {}; }
};

class FakePresence final : public Presence {
 public:
  std::string statusOf(const std::string&) const override { return "offline"; }
  void setStatus(const std::string&, const std::string&, const std::string&) override {}
  std::vector<std::string> onlineUsers() const override { return {}; }
  std::size_t onlineCount() const override { return 0; }
};

class FakeTokens final : public Tokens {
 public:
  bool enabled() const override { return false; }
  Issued issue(const std::string&, const std::string&, Millis) override { return {}; }
  void takeBack(const std::string&) override {}
  void endConnections(const std::string&, bool) override {}
};

}  // namespace parley::plugin::test
