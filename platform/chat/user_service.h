// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/presence_service.h"

#include <parley/chat.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat {

/// The users in the store, shown with their live status; never their password.
class UserService final : public Users {
 public:
  UserService(Core& core, const PresenceService& presence);

  User save(const User& user) override;
  User create(const User& user, const JsonObject& more) override;
  User join(const User& user, const std::string& socketId) override;
  void join(const User& user, const std::string& socketId, Joined done) override;
  std::optional<User> find(const std::string& id) override;
  std::vector<User> findMany(const std::vector<std::string>& ids) override;
  void erase(const std::string& id) override { eraser_(id); }
  Page list(const std::string& keyword, std::int64_t page, std::int64_t limit) override;

  /// What begins an erasure; before the first.
  void setEraser(std::function<void(const std::string& userId)> eraser) { eraser_ = std::move(eraser); }

 private:
  struct Newcomer;

  User show(const Document& document) const;
  void check(const User& user) const;
  std::optional<Document> inStore(const std::string& id);
  /// What the store is to be told.
  Update changeTo(const User& user) const;
  void enter(hooks::UserJoin::Join& joining);
  void store(const std::shared_ptr<Newcomer>& newcomer, std::optional<Document> known);
  void letIn(Newcomer& newcomer, std::optional<User> stored);

  Core& core_;
  const PresenceService& presence_;
  std::atomic<std::size_t> storing_{0};
  std::function<void(const std::string& userId)> eraser_;
};

}  // namespace parley::chat
