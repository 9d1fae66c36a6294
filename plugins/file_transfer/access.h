// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"

#include <parley/scope.h>

#include <string>

namespace file_transfer {

/// Who may read a file: its uploader, and whoever sees a message that carries it. Links say which messages carry which
/// file; they are found by them, and believed only together with the message as it is now. [worker]
class FileAccess {
 public:
  FileAccess(parley::Scope& scope, Library& library, const Settings& settings);

  static parley::CollectionSpec collection();

  /// NOT_FOUND, or FORBIDDEN when the caller may not read it. Without a user the caller is the trusted back end.
  File readable(const std::string& fileId, const std::string& user);
  bool mayRead(const File& file, const std::string& user);
  /// The same for its uploader and administrators, who may remove it.
  File removable(const std::string& fileId, const parley::Caller& caller);
  void remove(const File& file);

  /// Of a message that the hooks were not told of.
  void linkLate(const parley::Message& message);

  // Hooks.
  void beforeSend(parley::MessageDraft& draft);
  void afterStored(const parley::Message& message);
  void afterChanged(const parley::hooks::MessageChanged::Change& change);
  void afterSessionRemoved(const std::string& sessionId);

  /// Settles what was promised to messages that were never told of.
  void settlePromises();
  /// Removes files that no message carries; only while no link is missing.
  void removeOrphans();

 private:
  bool grants(const parley::Document& link, const std::string& fileId, const std::string& user);
  bool isCarried(const std::string& fileId);
  void link(const parley::Message& message, const std::string& fileId);
  void settle(const parley::Document& promise);

  parley::Scope& scope_;
  Library& library_;
  const Settings& settings_;
};

/// The file that an address names: the path of this API, by itself or behind a host. Empty: none of ours.
std::string fileIdIn(std::string_view url);

}  // namespace file_transfer
