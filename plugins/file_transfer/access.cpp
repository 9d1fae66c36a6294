// SPDX-License-Identifier: Apache-2.0
#include "access.h"

#include "failures.h"

#include <algorithm>
#include <utility>

using namespace parley;

namespace file_transfer {

namespace {

constexpr const char* links = "filelinks";
constexpr std::string_view path = "/api/chat/files/";
constexpr std::size_t idSize = 24;
constexpr std::int64_t sweptAtOnce = 100;
/// After so long a message that was to be stored is, or never will be.
constexpr std::chrono::minutes promiseAge{2};

std::string text(const Document& document, std::string_view name) {
  return std::string(textOf(document, name));
}

bool isPromise(const Document& link) {
  return link.contains("promisedAt");
}

}  // namespace

std::string fileIdIn(std::string_view url) {
  const auto at = url.find(path);
  if (at == std::string_view::npos) return {};
  const bool absolute = url.starts_with("http://") || url.starts_with("https://");
  if (at > 0 && !absolute) return {};
  const auto rest = url.substr(at + path.size());
  const auto id = rest.substr(0, idSize);
  const bool ends = rest.size() == idSize || (rest.size() > idSize && (rest[idSize] == '?' || rest[idSize] == '/'));
  return isFileId(id) && ends ? std::string(id) : std::string();
}

FileAccess::FileAccess(Scope& scope, Library& library, const Settings& settings)
    : scope_(scope), library_(library), settings_(settings) {}

CollectionSpec FileAccess::collection() {
  return {links,
          {"sessionId"},
          {"promisedAt"},
          {{"filelinks_by_file", {{"fileId"}}, false, false},
           {"filelinks_by_session", {{"sessionId"}}, false, false},
           {"filelinks_by_promise", {{"promisedAt"}}, false, true}}};
}

File FileAccess::readable(const std::string& fileId, const std::string& user) {
  auto file = library_.find(fileId);
  if (!file) throw noSuchFile();
  if (!user.empty() && !mayRead(*file, user))
    throw Error(ErrorCode::Forbidden, "the file is not for this user", {"file_transfer.notForYou"});
  return *std::move(file);
}

bool FileAccess::mayRead(const File& file, const std::string& user) {
  if (file.uploader == user) return true;
  bool granted = false;
  scope_.store().forEach(links, where("fileId") == file.id, {}, [&](Document&& link) {
    granted = grants(link, file.id, user);
    return !granted;
  });
  return granted;
}

bool FileAccess::grants(const Document& link, const std::string& fileId, const std::string& user) {
  const auto sessionId = text(link, "sessionId");
  if (isPromise(link)) {
    const auto since = timeOf(link, "promisedAt");
    if (!since || scope_.clock().now() - *since > promiseAge) return false;
    if (sessionId.empty()) return text(link, "receiverId") == user;
    return scope_.sessions().find(sessionId) && scope_.sessions().isParticipant(sessionId, user);
  }
  // A session that is gone has nobody in it.
  if (!scope_.sessions().find(sessionId)) return false;
  const auto from = scope_.sessions().visibleFrom(sessionId, user);
  if (!from || *from > integerOf(link, "seq")) return false;
  const auto message = scope_.messages().find(text(link, "_id"));
  return message && fileIdIn(message->fileUrl) == fileId;
}

File FileAccess::removable(const std::string& fileId, const Caller& caller) {
  auto file = library_.find(fileId);
  if (!file) throw noSuchFile();
  if (caller.userId.empty() || caller.userId == file->uploader || caller.role == "admin") return *std::move(file);
  // Nobody has established the role of a caller who only names a user: then it is the user's.
  if (caller.role.empty())
    if (const auto user = scope_.users().find(caller.userId); user && user->role == "admin") return *std::move(file);
  throw Error(ErrorCode::Forbidden, "only its uploader or an administrator may remove a file",
              {"file_transfer.notYoursToRemove"});
}

void FileAccess::remove(const File& file) {
  library_.remove(file);
  scope_.store().remove(links, where("fileId") == file.id);
}

/// Whoever gets the message may read the file from that very moment on, and a crash between the message and its link
/// must not take that away: so a promise is stored first, and settled with the link or by the sweep.
void FileAccess::beforeSend(MessageDraft& draft) {
  const auto fileId = fileIdIn(draft.fileUrl);
  if (fileId.empty()) return;
  const auto file = library_.find(fileId);
  if (!file) return;
  if (!mayRead(*file, draft.senderId))
    throw Error(ErrorCode::Forbidden, "fileUrl: the file is not the sender's to send",
                {"file_transfer.notYoursToSend"});
  // Whatever follows the id (a signature, a size) was for the sender.
  draft.fileUrl.resize(draft.fileUrl.find(fileId) + idSize);
  if (draft.fileName.empty()) draft.fileName = file->name;
  if (draft.fileSize == 0) draft.fileSize = static_cast<std::int64_t>(file->size);
  scope_.store().insert(links, {{"_id", newFileId()},
                                {"fileId", fileId},
                                {"sessionId", draft.sessionId},
                                {"senderId", draft.senderId},
                                {"receiverId", draft.receiverId},
                                {"promisedAt", toIso8601(scope_.clock().now())}});
}

void FileAccess::link(const Message& message, const std::string& fileId) {
  scope_.store().upsert(links, where("_id") == message.id,
                        Update().set("fileId", fileId).set("sessionId", message.sessionId).set("seq", message.seq));
}

void FileAccess::linkLate(const Message& message) {
  const auto fileId = fileIdIn(message.fileUrl);
  const auto file = fileId.empty() ? std::nullopt : library_.find(fileId);
  if (file && mayRead(*file, message.senderId)) link(message, fileId);
}

/// A message without a promise was sent when this plugin was away.
void FileAccess::afterStored(const Message& message) {
  const auto fileId = fileIdIn(message.fileUrl);
  if (fileId.empty() || !library_.find(fileId)) return;
  const auto promise = where("fileId") == fileId && where("senderId") == message.senderId;
  for (const auto& one : scope_.store().find(links, promise)) {
    if (!isPromise(one)) continue;
    const auto sessionId = text(one, "sessionId");
    if (sessionId.empty() ? text(one, "receiverId") != message.receiverId : sessionId != message.sessionId) continue;
    link(message, fileId);
    scope_.store().remove(links, where("_id") == text(one, "_id"));
    return;
  }
  linkLate(message);
}

void FileAccess::afterChanged(const hooks::MessageChanged::Change& change) {
  const auto before = fileIdIn(change.before.fileUrl);
  const auto now = change.now.deleted ? std::string() : fileIdIn(change.now.fileUrl);
  if (before == now) return;
  if (!before.empty()) scope_.store().remove(links, where("_id") == change.now.id);
  if (!now.empty())
    if (const auto file = library_.find(now); file && mayRead(*file, change.byUserId)) link(change.now, now);
}

void FileAccess::afterSessionRemoved(const std::string& sessionId) {
  scope_.store().remove(links, where("sessionId") == sessionId);
}

/// A promise that no link took the place of: the server ended in between, or the message was never stored.
void FileAccess::settle(const Document& promise) {
  const auto fileId = text(promise, "fileId");
  auto sessionId = text(promise, "sessionId");
  if (sessionId.empty())
    sessionId = scope_.sessions().openPrivate(text(promise, "senderId"), text(promise, "receiverId")).session.id;
  if (scope_.sessions().find(sessionId)) {
    constexpr std::int64_t newest = 100;
    for (const auto& message : scope_.messages().history({.sessionId = sessionId, .limit = newest}).messages)
      if (fileIdIn(message.fileUrl) == fileId) link(message, fileId);
  }
  scope_.store().remove(links, where("_id") == text(promise, "_id"));
}

bool FileAccess::isCarried(const std::string& fileId) {
  bool carried = false;
  scope_.store().forEach(links, where("fileId") == fileId, {}, [&](Document&& link) {
    const auto message = isPromise(link) ? std::nullopt : scope_.messages().find(text(link, "_id"));
    carried = isPromise(link) || (message && fileIdIn(message->fileUrl) == fileId);
    return !carried;
  });
  return carried;
}

void FileAccess::settlePromises() {
  const auto due = where("promisedAt") < toIso8601(scope_.clock().now() - promiseAge);
  for (const auto& promise : scope_.store().find(links, due, {{}, sweptAtOnce, 0})) settle(promise);
}

void FileAccess::removeOrphans() {
  if (settings_.orphanAge.count() == 0) return;
  const auto now = scope_.clock().now();
  for (const auto& file : library_.unchecked(static_cast<std::size_t>(sweptAtOnce))) {
    if (isCarried(file.id))
      library_.checkAgain(file.id, now + settings_.orphanAge);
    else
      remove(file);
  }
}

}  // namespace file_transfer
