// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/erasure.h"
#include "http/router.h"
#include "plugin/plugin_host.h"

#include <parley/http.h>
#include <parley/json.h>
#include <parley/store.h>
#include <parley/time.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace parley::ops {

/// What the server holds about a user, and its end:
///
///     GET /api/chat/users/:userId/data        all of it, for the user and for admins; streamed, however much it is
///     DELETE /api/admin/users/:userId         begins to erase the user, or begins again what has failed
///     GET /api/admin/users/:userId/erasure    how far that is
class UserData {
 public:
  /// What is referred to outlives this object; the routes go with it.
  UserData(http::Router& router, plugin::PluginHost& plugins, Store& store, chat::Erasure& erasure, const Clock& clock);
  ~UserData();
  UserData(const UserData&) = delete;
  UserData& operator=(const UserData&) = delete;

 private:
  /// The exports that are being read.
  struct Running {
    std::mutex mutex;
    std::unordered_multiset<std::string> userIds;
  };
  std::shared_ptr<const void> placeFor(const std::string& userId) const;
  HttpResponse data(const HttpCall& call) const;
  HttpResponse erase(const HttpCall& call) const;
  HttpResponse state(const HttpCall& call) const;
  /// {userId, state: running, failed, waiting or done, erasedAt, failed: [plugins], waiting: [plugins]}
  JsonObject stateOf(const std::string& userId) const;

  http::Router& router_;
  plugin::DataSubjects& subjects_;
  Store& store_;
  chat::Erasure& erasure_;
  const Clock& clock_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
  std::vector<http::Router::RouteId> routes_;
};

}  // namespace parley::ops
