// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/presence_service.h"

#include <parley/chat.h>

#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// The users in the store, shown with their live status; never their password.
class UserService final : public Users {
 public:
  UserService(Core& core, const PresenceService& presence);

  User save(const User& user) override;
  User join(const User& user, const std::string& socketId) override;
  std::optional<User> find(const std::string& id) override;
  std::vector<User> findMany(const std::vector<std::string>& ids) override;
  Page list(const std::string& keyword, std::int64_t page, std::int64_t limit) override;

 private:
  User show(const Document& document) const;

  Core& core_;
  const PresenceService& presence_;
};

}  // namespace parley::chat
