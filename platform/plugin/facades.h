// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
#include "plugin/border.h"

#include <parley/chat.h>
#include <parley/socket.h>
#include <parley/store.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What a plugin sees of the services that take callbacks: the same service, with every callback wrapped by the border.

namespace parley::plugin {

class StoreFacade final : public Store {
 public:
  StoreFacade(Store& store, Border& border);

  void define(const CollectionSpec& spec) override;
  void insert(const std::string& collection, Document document) override;
  void insertMany(const std::string& collection, std::vector<Document> documents) override;
  std::optional<Document> findOne(const std::string& collection, const Filter& filter,
                                  const FindOptions& options) override;
  std::vector<Document> find(const std::string& collection, const Filter& filter, const FindOptions& options) override;
  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override;
  std::int64_t count(const std::string& collection, const Filter& filter) override;
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                        const std::string& field) override;
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override;
  Document upsert(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t update(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t remove(const std::string& collection, const Filter& filter) override;
  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override;
  void submitLater(Write write) override;

 private:
  Store& store_;
  Border& border_;
  Site& submitted_;
};

class SocketsFacade final : public Sockets {
 public:
  SocketsFacade(Sockets& sockets, base::WorkerPool& workers, Border& border);

  void toSocket(const std::string& socketId, Emit emit) override;
  void toUsers(const std::vector<std::string>& userIds, Emit emit) override;
  void toRoom(const std::string& room, Emit emit) override;
  void toEveryone(Emit emit) override;
  void ask(const std::string& socketId, Emit emit, Millis timeout, std::function<void(Result<Payload>)> done) override;
  void join(const std::string& socketId, const std::string& room) override;
  void leave(const std::string& socketId, const std::string& room) override;
  void disconnect(const std::string& socketId, bool closeConnection) override;
  bool bindUser(const std::string& socketId, const std::string& userId, const std::string& role) override;
  std::vector<std::string> socketsOf(const std::string& userId) const override;
  bool isOnline(const std::string& userId) const override;

 private:
  Emit wrapped(Emit emit) const;

  Sockets& sockets_;
  base::WorkerPool& workers_;
  Border& border_;
  Site& delivered_;
  Site& answered_;
};

class UsersFacade final : public Users {
 public:
  UsersFacade(Users& users, Border& border);

  User save(const User& user) override;
  User create(const User& user, const JsonObject& more) override;
  User join(const User& user, const std::string& socketId) override;
  void join(const User& user, const std::string& socketId, Joined done) override;
  std::optional<User> find(const std::string& id) override;
  std::vector<User> findMany(const std::vector<std::string>& ids) override;
  void erase(const std::string& id) override;
  Page list(const std::string& keyword, std::int64_t page, std::int64_t limit) override;

 private:
  Users& users_;
  Border& border_;
  Site& joined_;
};

class MessagesFacade final : public Messages {
 public:
  MessagesFacade(Messages& messages, Border& border);

  void send(MessageDraft draft, Sent done) override;
  Message send(MessageDraft draft) override;
  std::optional<Message> find(const std::string& messageId) override;
  std::vector<Message> findMany(const std::vector<std::string>& ids) override;
  Message change(const std::string& messageId, const Change& change) override;
  Message remove(const std::string& messageId, const std::string& byUserId) override;
  History history(const HistoryQuery& query) override;
  WrittenHistory writtenHistory(const HistoryQuery& query) override;
  void delivered(const std::vector<Message>& messages) override;

 private:
  Messages& messages_;
  Border& border_;
  Site& sent_;
};

class ReadsFacade final : public Reads {
 public:
  ReadsFacade(Reads& reads, Border& border);

  Marked markMessage(const std::string& messageId, const std::string& userId) override;
  Marked markUpTo(const std::string& sessionId, const std::string& userId,
                  std::optional<std::int64_t> upToSeq) override;
  void markMessage(const std::string& messageId, const std::string& userId, Done done) override;
  void markUpTo(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq,
                Done done) override;
  Unread unread(const std::string& userId) override;
  Totals totals(const std::string& userId) override;

 private:
  Reads& reads_;
  Border& border_;
  Site& marked_;
};

}  // namespace parley::plugin
