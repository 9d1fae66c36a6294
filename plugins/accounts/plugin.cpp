// SPDX-License-Identifier: Apache-2.0
#include "doors.h"
#include "service_tokens.h"

#include <parley/plugin.h>

#include <algorithm>
#include <optional>

using namespace parley;
using namespace accounts;

namespace {

class AccountsPlugin final : public Plugin {
  void setup(Scope& scope) override {
    scope_ = &scope;
    settings_.emplace(scope.config());
    scope.collection(People::collection());
    scope.collection(Logins::collection());
    scope.collection(NameLock::collection());
    scope.collection(ServiceTokens::collection());
    scope.credential(ServiceTokens::prefix,
                     [this](const std::string& token) { return serviceTokens_->holderOf(token); });
    registerRoutes(scope);
    scope.before<hooks::UserJoin>([this](auto& join) { doors_->beforeJoin(join); },
                                  {.onFailure = OnHookFailure::Block, .deadline = Millis(1000)});
    wrongPasswords_ = &scope.metric("wrong_passwords_total", "Logins with a wrong username or password");
    scope.timer(std::chrono::minutes(10), [this] { doors_->sweep(); });
    scope.dataSubject([this](const std::string& user) { return doors_->exportData(user); },
                      [this](const std::string& user) { doors_->eraseData(user); });
  }

  void start() override {
    const auto& taken = settings_->registrationRoles;
    if (std::find(taken.begin(), taken.end(), "admin") != taken.end())
      throw Error(ErrorCode::ValidationFailed, "registrationRoles must not have admin in it");
    doors_.emplace(*scope_, *settings_, *wrongPasswords_);
    serviceTokens_.emplace(*scope_, *settings_);
    doors_->start();
  }

  void registerRoutes(Scope& scope) {
    const auto deferred = [&](const char* method, const char* path, const Access& access, auto run) {
      scope.deferredRoute(method, path, access,
                          [this, run](const HttpCall& call, const HttpReply& reply) { ((*doors_).*run)(call, reply); });
    };
    const auto guessing = [] { return Access::anyone().limitedAs(RateClass::Auth); };
    const auto direct = [&](const char* method, const char* path, const Access& access, auto run) {
      scope.route(method, path, access, [this, run](const HttpCall& call) { return ((*doors_).*run)(call); });
    };
    deferred("POST", "/api/auth/register", guessing().audited(), &Doors::registerUser);
    deferred("POST", "/api/auth/login", guessing().audited(), &Doors::login);
    direct("POST", "/api/auth/refresh", guessing(), &Doors::refresh);
    direct("POST", "/api/auth/logout", guessing().audited(), &Doors::logout);
    direct("GET", "/api/auth/me", Access::joined().actingAs("userId"), &Doors::me);
    deferred("PUT", "/api/auth/password", Access::joined().limitedAs(RateClass::Auth).audited(),
             &Doors::changePassword);
    deferred("DELETE", "/api/auth/me", Access::joined().limitedAs(RateClass::Auth).audited(), &Doors::eraseMe);
    deferred("POST", "/api/auth/users", Access::role("admin").audited(), &Doors::createUser);
    deferred("PUT", "/api/auth/users/:userId", Access::role("admin").audited(), &Doors::changeUser);
    registerServiceTokens(scope, "/api/auth/service-tokens");
  }

  void registerServiceTokens(Scope& scope, const std::string& path) {
    scope.route("POST", path, Access::role("admin").audited(),
                [this](const HttpCall& call) { return serviceTokens_->create(call); });
    scope.route("GET", path, Access::role("admin"),
                [this](const HttpCall& call) { return serviceTokens_->list(call); });
    scope.route("DELETE", path + "/:tokenId", Access::role("admin").audited(),
                [this](const HttpCall& call) { return serviceTokens_->revoke(call); });
  }

  Scope* scope_ = nullptr;
  Metric* wrongPasswords_ = nullptr;
  std::optional<Settings> settings_;
  std::optional<Doors> doors_;
  std::optional<ServiceTokens> serviceTokens_;
};

}  // namespace

PARLEY_PLUGIN(AccountsPlugin, .name = "accounts", .version = "1.0.0",
              .summary = "Lets people register and log in with a password")
