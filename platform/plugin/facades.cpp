// SPDX-License-Identifier: Apache-2.0
#include "plugin/facades.h"

#include "realtime/packet.h"

namespace parley::plugin {

StoreFacade::StoreFacade(Store& store, Border& border)
    : store_(store), border_(border), submitted_(border.site("completion of Store::submit")) {}

void StoreFacade::define(const CollectionSpec& spec) {
  store_.define(spec);
}
void StoreFacade::insert(const std::string& collection, Document document) {
  store_.insert(collection, std::move(document));
}
void StoreFacade::insertMany(const std::string& collection, std::vector<Document> documents) {
  store_.insertMany(collection, std::move(documents));
}
std::optional<Document> StoreFacade::findOne(const std::string& collection, const Filter& filter,
                                             const FindOptions& options) {
  return store_.findOne(collection, filter, options);
}
std::vector<Document> StoreFacade::find(const std::string& collection, const Filter& filter,
                                        const FindOptions& options) {
  return store_.find(collection, filter, options);
}
void StoreFacade::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                          const std::function<bool(Document&&)>& each) {
  store_.forEach(collection, filter, options, each);
}
std::int64_t StoreFacade::count(const std::string& collection, const Filter& filter) {
  return store_.count(collection, filter);
}
std::vector<std::pair<Json, std::int64_t>> StoreFacade::groupCount(const std::string& collection, const Filter& filter,
                                                                   const std::string& field) {
  return store_.groupCount(collection, filter, field);
}
std::optional<Document> StoreFacade::findAndUpdate(const std::string& collection, const Filter& filter,
                                                   const Update& update) {
  return store_.findAndUpdate(collection, filter, update);
}
Document StoreFacade::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  return store_.upsert(collection, filter, update);
}
std::int64_t StoreFacade::update(const std::string& collection, const Filter& filter, const Update& update) {
  return store_.update(collection, filter, update);
}
std::int64_t StoreFacade::remove(const std::string& collection, const Filter& filter) {
  return store_.remove(collection, filter);
}

void StoreFacade::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  store_.submit(std::move(writes), border_.once(submitted_, std::move(done)));
}

void StoreFacade::submitLater(Write write) {
  store_.submitLater(std::move(write));
}

SocketsFacade::SocketsFacade(Sockets& sockets, base::WorkerPool& workers, Border& border)
    : sockets_(sockets),
      workers_(workers),
      border_(border),
      delivered_(border.site("Emit::onDelivered")),
      answered_(border.site("completion of Sockets::ask")) {}

/// The host may tell of deliveries on a loop, which no plugin may keep.
Emit SocketsFacade::wrapped(Emit emit) const {
  realtime::checkEmit(emit);
  if (!emit.onDelivered) return emit;
  emit.onDelivered = [strand = base::Strand(workers_, 0), told = border_.many(delivered_, std::move(emit.onDelivered))](
                         const std::string& userId) mutable { strand.postAccepted([told, userId] { told(userId); }); };
  return emit;
}

void SocketsFacade::toSocket(const std::string& socketId, Emit emit) {
  sockets_.toSocket(socketId, wrapped(std::move(emit)));
}
void SocketsFacade::toUsers(const std::vector<std::string>& userIds, Emit emit) {
  sockets_.toUsers(userIds, wrapped(std::move(emit)));
}
void SocketsFacade::toRoom(const std::string& room, Emit emit) {
  sockets_.toRoom(room, wrapped(std::move(emit)));
}
void SocketsFacade::toEveryone(Emit emit) {
  sockets_.toEveryone(wrapped(std::move(emit)));
}
void SocketsFacade::ask(const std::string& socketId, Emit emit, Millis timeout,
                        std::function<void(Result<Payload>)> done) {
  sockets_.ask(socketId, wrapped(std::move(emit)), timeout, border_.once(answered_, std::move(done)));
}
void SocketsFacade::join(const std::string& socketId, const std::string& room) {
  sockets_.join(socketId, room);
}
void SocketsFacade::leave(const std::string& socketId, const std::string& room) {
  sockets_.leave(socketId, room);
}
void SocketsFacade::disconnect(const std::string& socketId, bool closeConnection) {
  sockets_.disconnect(socketId, closeConnection);
}
bool SocketsFacade::bindUser(const std::string& socketId, const std::string& userId, const std::string& role) {
  return sockets_.bindUser(socketId, userId, role);
}
std::vector<std::string> SocketsFacade::socketsOf(const std::string& userId) const {
  return sockets_.socketsOf(userId);
}
bool SocketsFacade::isOnline(const std::string& userId) const {
  return sockets_.isOnline(userId);
}

UsersFacade::UsersFacade(Users& users, Border& border)
    : users_(users), border_(border), joined_(border.site("completion of Users::join")) {}

User UsersFacade::save(const User& user) {
  return users_.save(user);
}
User UsersFacade::create(const User& user, const JsonObject& more) {
  return users_.create(user, more);
}
User UsersFacade::join(const User& user, const std::string& socketId) {
  return users_.join(user, socketId);
}
void UsersFacade::join(const User& user, const std::string& socketId, Joined done) {
  users_.join(user, socketId, border_.once(joined_, std::move(done)));
}
std::optional<User> UsersFacade::find(const std::string& id) {
  return users_.find(id);
}
std::vector<User> UsersFacade::findMany(const std::vector<std::string>& ids) {
  return users_.findMany(ids);
}
void UsersFacade::erase(const std::string& id) {
  users_.erase(id);
}
Users::Page UsersFacade::list(const std::string& keyword, std::int64_t page, std::int64_t limit) {
  return users_.list(keyword, page, limit);
}

MessagesFacade::MessagesFacade(Messages& messages, Border& border)
    : messages_(messages), border_(border), sent_(border.site("completion of Messages::send")) {}

void MessagesFacade::send(MessageDraft draft, Sent done) {
  messages_.send(std::move(draft), border_.once(sent_, std::move(done)));
}
Message MessagesFacade::send(MessageDraft draft) {
  return messages_.send(std::move(draft));
}
std::optional<Message> MessagesFacade::find(const std::string& messageId) {
  return messages_.find(messageId);
}
std::vector<Message> MessagesFacade::findMany(const std::vector<std::string>& ids) {
  return messages_.findMany(ids);
}
Message MessagesFacade::change(const std::string& messageId, const Change& change) {
  return messages_.change(messageId, change);
}
Message MessagesFacade::remove(const std::string& messageId, const std::string& byUserId) {
  return messages_.remove(messageId, byUserId);
}
Messages::History MessagesFacade::history(const HistoryQuery& query) {
  return messages_.history(query);
}
Messages::WrittenHistory MessagesFacade::writtenHistory(const HistoryQuery& query) {
  return messages_.writtenHistory(query);
}

void MessagesFacade::delivered(const std::vector<Message>& messages) {
  messages_.delivered(messages);
}

ReadsFacade::ReadsFacade(Reads& reads, Border& border)
    : reads_(reads), border_(border), marked_(border.site("completion of a mark of Reads")) {}

Reads::Marked ReadsFacade::markMessage(const std::string& messageId, const std::string& userId) {
  return reads_.markMessage(messageId, userId);
}
Reads::Marked ReadsFacade::markUpTo(const std::string& sessionId, const std::string& userId,
                                    std::optional<std::int64_t> upToSeq) {
  return reads_.markUpTo(sessionId, userId, upToSeq);
}
void ReadsFacade::markMessage(const std::string& messageId, const std::string& userId, Done done) {
  reads_.markMessage(messageId, userId, border_.once(marked_, std::move(done)));
}
void ReadsFacade::markUpTo(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq,
                           Done done) {
  reads_.markUpTo(sessionId, userId, upToSeq, border_.once(marked_, std::move(done)));
}
Reads::Unread ReadsFacade::unread(const std::string& userId) {
  return reads_.unread(userId);
}
Reads::Totals ReadsFacade::totals(const std::string& userId) {
  return reads_.totals(userId);
}

}  // namespace parley::plugin
