// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/presence_service.h"

#include <parley/chat.h>

#include <functional>
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
  std::optional<User> find(const std::string& id) override;
  std::vector<User> findMany(const std::vector<std::string>& ids) override;
  void erase(const std::string& id) override { eraser_(id); }
  Page list(const std::string& keyword, std::int64_t page, std::int64_t limit) override;

  /// What begins an erasure; before the first.
  void setEraser(std::function<void(const std::string& userId)> eraser) { eraser_ = std::move(eraser); }

 private:
  User show(const Document& document) const;

  Core& core_;
  const PresenceService& presence_;
  std::function<void(const std::string& userId)> eraser_;
};

}  // namespace parley::chat
