// SPDX-License-Identifier: Apache-2.0
#include "library.h"

#include "digest.h"
#include "failures.h"
#include "thumbnails.h"

#include <algorithm>
#include <limits>

using namespace parley;

namespace file_transfer {

namespace {

constexpr const char* files = "files";
constexpr const char* uploads = "fileuploads";
/// {_id, refusedAt}: users who were erased.
constexpr const char* refused = "filesrefused";
constexpr std::size_t idBytes = 12;
constexpr int shards = 256;

std::string text(const Document& document, std::string_view name) {
  return std::string(textOf(document, name));
}

std::uint64_t number(const Document& document, std::string_view name) {
  return static_cast<std::uint64_t>(integerOf(document, name));
}

std::optional<bool> flag(const Document& document, std::string_view name) {
  const auto* value = document.if_contains(name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

File fileOf(const Document& document) {
  return {text(document, "_id"),
          text(document, "uploader"),
          text(document, "fileName"),
          number(document, "fileSize"),
          text(document, "mimeType"),
          text(document, "sha256"),
          timeOf(document, "createdAt").value_or(Time{}),
          flag(document, "utf8")};
}

Upload uploadOf(const Document& document) {
  return {text(document, "_id"),      text(document, "uploader"), text(document, "fileName"),
          number(document, "length"), text(document, "metadata"), timeOf(document, "expiresAt").value_or(Time{})};
}

}  // namespace

std::string newFileId() {
  return randomHex(idBytes);
}

bool isFileId(std::string_view id) {
  return id.size() == idBytes * 2 &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

JsonObject File::toJson() const {
  return {{"fileId", id},     {"fileUrl", url()}, {"fileName", name},
          {"fileSize", size}, {"mimeType", type}, {"sha256", sha256}};
}

Library::Library(Scope& scope, BlobStore& blobs, const Settings& settings)
    : scope_(scope), blobs_(blobs), settings_(settings) {}

std::vector<CollectionSpec> Library::collections() {
  return {{files,
           {},
           {"createdAt", "checkAt"},
           {{"files_by_uploader", {{"uploader"}, {"_id"}}, false, false},
            {"files_by_content", {{"sha256"}}, false, false},
            {"files_by_check", {{"checkAt"}}, false, false}}},
          {uploads,
           {},
           {"expiresAt"},
           {{"uploads_by_uploader", {{"uploader"}}, false, false}, {"uploads_by_end", {{"expiresAt"}}, false, false}}},
          {refused, {}, {"refusedAt"}, {}}};
}

std::optional<File> Library::find(const std::string& id) {
  if (!isFileId(id)) return std::nullopt;
  const auto document = scope_.store().findOne(files, where("_id") == id);
  if (!document) return std::nullopt;
  return fileOf(*document);
}

std::vector<File> Library::filesOf(const std::string& user, const std::string& afterId, std::size_t limit) {
  std::vector<File> found;
  for (const auto& document :
       scope_.store().find(files, where("uploader") == user && where("_id") > afterId,
                           {.sort = {{"uploader"}, {"_id"}}, .limit = static_cast<std::int64_t>(limit)}))
    found.push_back(fileOf(document));
  return found;
}

std::uint64_t Library::used(const std::string& user) {
  std::uint64_t bytes = 0;
  std::int64_t count = 0;
  for (const auto& [collection, size] : {std::pair(files, "fileSize"), std::pair(uploads, "length")}) {
    const std::string member = size;
    scope_.store().forEach(collection, where("uploader") == user, {}, [&](Document&& document) {
      bytes += number(document, member);
      ++count;
      return true;
    });
  }
  if (settings_.userFiles > 0 && count >= settings_.userFiles)
    throw Error(ErrorCode::PayloadTooLarge,
                "no more than " + std::to_string(settings_.userFiles) + " files may be stored",
                {"file_transfer.tooMany", {{"count", std::to_string(settings_.userFiles)}}});
  return bytes;
}

/// Locked, so that whatever is stored as the user either was so before, or is not.
void Library::refuse(const std::string& user) {
  const std::lock_guard lock(changing_);
  scope_.store().upsert(refused, where("_id") == user, Update().set("refusedAt", toIso8601(scope_.clock().now())));
}

void Library::checkNotRefused(const std::string& user) {
  if (scope_.store().findOne(refused, where("_id") == user))
    throw Error(ErrorCode::Forbidden, "the user has been erased", {"user.erased"});
}

std::uint64_t Library::roomFor(const std::string& user) {
  checkNotRefused(user);
  const auto taken = used(user);
  if (settings_.userQuota == 0) return std::numeric_limits<std::uint64_t>::max();
  return settings_.userQuota - std::min(taken, settings_.userQuota);
}

void Library::add(const std::string& partialId, const File& file, bool reserved) {
  const std::lock_guard lock(changing_);
  if (reserved)
    checkNotRefused(file.uploader);
  else if (file.size > roomFor(file.uploader))
    throw quotaUsedUp(settings_.userQuota);
  blobs_.commit(partialId, file.sha256);
  // Kept for ever, a file is never due to be looked at.
  const auto checkAt = settings_.orphanAge.count() > 0 ? Json(toIso8601(file.createdAt + settings_.orphanAge)) : Json();
  scope_.store().insert(files, {{"_id", file.id},
                                {"uploader", file.uploader},
                                {"fileName", file.name},
                                {"fileSize", file.size},
                                {"mimeType", file.type},
                                {"sha256", file.sha256},
                                {"createdAt", toIso8601(file.createdAt)},
                                {"utf8", file.utf8.value_or(false)},
                                {"checkAt", checkAt}});
  if (reserved) scope_.store().remove(uploads, where("_id") == file.id);
}

void Library::remove(const File& file) {
  const std::lock_guard lock(changing_);
  scope_.store().remove(files, where("_id") == file.id);
  removeBlob(file.sha256);
}

/// Unless a record names it. Locked.
void Library::removeBlob(const std::string& sha256) {
  if (scope_.store().findOne(files, where("sha256") == sha256)) return;
  blobs_.remove(sha256);
  for (const auto side : Thumbnails::sides) blobs_.remove(Thumbnails::blobName(sha256, side));
}

std::optional<Upload> Library::findUpload(const std::string& id) {
  if (!isFileId(id)) return std::nullopt;
  const auto document = scope_.store().findOne(uploads, where("_id") == id);
  if (!document) return std::nullopt;
  return uploadOf(*document);
}

void Library::addUpload(const Upload& upload) {
  const std::lock_guard lock(changing_);
  if (upload.length > roomFor(upload.uploader)) throw quotaUsedUp(settings_.userQuota);
  scope_.store().insert(uploads, {{"_id", upload.id},
                                  {"uploader", upload.uploader},
                                  {"fileName", upload.name},
                                  {"length", upload.length},
                                  {"metadata", upload.metadata},
                                  {"expiresAt", toIso8601(upload.expiresAt)}});
}

void Library::keepUpload(const std::string& id, Time until) {
  scope_.store().update(uploads, where("_id") == id, Update().set("expiresAt", toIso8601(until)));
}

void Library::removeUpload(const std::string& id) {
  scope_.store().remove(uploads, where("_id") == id);
  blobs_.discard(id);
}

void Library::removeUploadsOf(const std::string& user) {
  for (const auto& upload : scope_.store().find(uploads, where("uploader") == user)) removeUpload(text(upload, "_id"));
}

void Library::clearPartials() {
  blobs_.forEachPartial([this](const std::string& id) {
    if (!findUpload(id)) blobs_.discard(id);
  });
}

void Library::sweep() {
  for (const auto& document : scope_.store().find(uploads, where("expiresAt") < toIso8601(scope_.clock().now())))
    removeUpload(text(document, "_id"));
  const int shard = shard_;
  shard_ = (shard_ + 1) % shards;
  blobs_.forEachBlob(shard, [this](const std::string& name) {
    const std::lock_guard lock(changing_);
    removeBlob(name.substr(0, name.find('-')));
  });
}

std::vector<File> Library::unchecked(std::size_t limit) {
  std::vector<File> found;
  const auto due = where("checkAt") < toIso8601(scope_.clock().now());
  for (const auto& document : scope_.store().find(files, due, {{{"checkAt"}}, static_cast<std::int64_t>(limit), 0}))
    found.push_back(fileOf(document));
  return found;
}

void Library::checkAgain(const std::string& id, Time at) {
  scope_.store().update(files, where("_id") == id, Update().set("checkAt", toIso8601(at)));
}

}  // namespace file_transfer
