// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "blob_store.h"
#include "settings.h"

#include <parley/scope.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace file_transfer {

/// A stored file. Files of equal content share one blob, whose name is `sha256`.
struct File {
  std::string id;  ///< 24 hexadecimal digits that nobody can guess
  std::string uploader;
  std::string name;
  std::uint64_t size = 0;
  std::string type;
  std::string sha256;
  parley::Time createdAt{};
  std::optional<bool> utf8;  ///< whether all of it is; nothing: it was stored before that was asked

  std::string url() const { return "/api/chat/files/" + id; }
  /// As the API shows it.
  parley::JsonObject toJson() const;
};

/// An upload by tus that is not complete; `id` becomes the file's.
struct Upload {
  std::string id;
  std::string uploader;
  std::string name;
  std::uint64_t length = 0;
  std::string metadata;  ///< as the client sent it
  parley::Time expiresAt{};
};

std::string newFileId();
bool isFileId(std::string_view id);

/// The records of files and uploads, kept in step with the blobs: a blob is there as long as a record names it. What a
/// crash leaves between the two is blobs without a record, which are swept away. [worker]
class Library {
 public:
  Library(parley::Scope& scope, BlobStore& blobs, const Settings& settings);

  static std::vector<parley::CollectionSpec> collections();

  std::optional<File> find(const std::string& id);
  /// Stores a synced partial blob as a file, durably. `reserved`: an upload's record held its place in the quota, and
  /// goes. PAYLOAD_TOO_LARGE beyond the quota; FORBIDDEN for a user who has been refused meanwhile.
  void add(const std::string& partialId, const File& file, bool reserved);
  void remove(const File& file);

  std::optional<Upload> findUpload(const std::string& id);
  /// PAYLOAD_TOO_LARGE beyond the quota.
  void addUpload(const Upload& upload);
  void keepUpload(const std::string& id, parley::Time until);
  void removeUpload(const std::string& id);

  /// What the user may still store. PAYLOAD_TOO_LARGE when they have too many files.
  /// FORBIDDEN for one who has been refused.
  std::uint64_t roomFor(const std::string& user);
  /// Nobody stores anything as this user any more, uploads that have begun included.
  void refuse(const std::string& user);

  /// Removes expired uploads, and blobs without a record of one more part of the folder.
  void sweep();
  /// Removes what uploads have left that nobody can go on with. Once, before any upload begins.
  void clearPartials();
  /// Files that were to be looked at by now, whether a message carries them.
  std::vector<File> unchecked(std::size_t limit);
  void checkAgain(const std::string& id, parley::Time at);
  /// The next ones by id.
  std::vector<File> filesOf(const std::string& user, const std::string& afterId, std::size_t limit);
  void removeUploadsOf(const std::string& user);

 private:
  std::uint64_t used(const std::string& user);
  void checkNotRefused(const std::string& user);
  void removeBlob(const std::string& sha256);

  parley::Scope& scope_;
  BlobStore& blobs_;
  const Settings& settings_;
  std::mutex changing_;  ///< from looking whether a record names a blob to the end of what follows from it
  int shard_ = 0;
};

}  // namespace file_transfer
