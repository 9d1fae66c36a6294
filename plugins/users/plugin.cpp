// SPDX-License-Identifier: Apache-2.0
#include "directory.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class UsersPlugin final : public Plugin {
  void setup(Scope& scope) override {
    directory_.emplace(scope, scope.config().integer("pageSize"));
    scope.deferredEvent(
        "user:join", Access::connected().actingAs("id").audited(),
        [this](const EventCall& call, const Reply& reply) { directory_->join(call, reply); }, NextEvents::Wait);
    // It goes through all that there are, as a search does.
    scope.route("GET", "/api/chat/users", Access::joined().limitedAs(RateClass::Search),
                [this](const HttpCall& call) { return directory_->list(call); });
  }

  std::optional<users::Directory> directory_;
};

}  // namespace

PARLEY_PLUGIN(UsersPlugin, .name = "users", .version = "1.0.0",
              .summary = "Lets clients join as users; lists the users")
