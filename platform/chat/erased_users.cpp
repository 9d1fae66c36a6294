// SPDX-License-Identifier: Apache-2.0
#include "chat/erased_users.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <parley/error.h>

#include <utility>

namespace parley::chat {

void ErasedUsers::load(Store& store) {
  store.forEach(collections::erasedUsers, Filter(), {}, [this](Document&& user) {
    add(stringOf(user, "_id"));
    return true;
  });
}

bool ErasedUsers::contains(const std::string& userId) const {
  if (!any_) return false;
  const std::shared_lock lock(mutex_);
  return userIds_.contains(userId);
}

void ErasedUsers::refuse(const std::string& userId) const {
  if (contains(userId)) throw Error(ErrorCode::Forbidden, "the user has been erased", {"user.erased"});
}

void ErasedUsers::refuse(const std::vector<std::string>& userIds) const {
  for (const auto& userId : userIds) refuse(userId);
}

void ErasedUsers::add(const std::string& userId) {
  const std::unique_lock lock(mutex_);
  userIds_.insert(userId);
  any_ = true;
}

std::shared_ptr<const Lease> ErasedUsers::visit() const {
  const std::lock_guard lock(visits_);
  return current_;
}

/// Those that begin later end later: the next lease is held until this one is over.
void ErasedUsers::afterVisits(std::function<void()> then) {
  auto next = std::make_shared<Lease>();
  std::shared_ptr<Lease> before;
  {
    const std::lock_guard lock(visits_);
    before = std::exchange(current_, next);
  }
  before->atEnd = [then = std::move(then), next = std::move(next)] { then(); };
}

}  // namespace parley::chat
