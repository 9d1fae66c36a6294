// SPDX-License-Identifier: Apache-2.0
#include "doors.h"

#include "failures.h"
#include "first_admin.h"
#include "names.h"

#include <algorithm>
#include <utility>

using namespace parley;

namespace accounts {

namespace {

constexpr std::size_t mostBytes = 1024;  // of a username or a password, before its characters are counted
constexpr std::size_t mostTokenBytes = 256;

User userFrom(const Fields& fields) {
  User user;
  user.username = fields.text("username", mostBytes);
  user.realName = fields.optionalText("realName", 128).value_or("");
  user.email = fields.optionalText("email", 254).value_or("");
  user.phone = fields.optionalText("phone", 32).value_or("");
  user.avatar = fields.optionalText("avatar", 2048).value_or("");
  nameKey(user.username);
  return user;
}

std::string newPassword(const Fields& fields, const char* name) {
  auto password = fields.text(name, mostBytes);
  Passwords::checkRules(name, password);
  return password;
}

std::string roleFrom(const Fields& fields, const std::vector<std::string>& allowed) {
  auto role = fields.optionalText("role", 64).value_or("");
  if (role.empty() && !allowed.empty()) return allowed.front();
  if (std::find(allowed.begin(), allowed.end(), role) != allowed.end()) return role;
  throw Error(ErrorCode::Forbidden, "role is none that may be given here", {"accounts.role"});
}

/// The next multiple of `pace` after `begin`.
Instant nextBeat(Instant begin, Millis pace, Instant now) {
  if (pace <= Millis::zero()) return now;
  return begin + pace * ((now - begin) / pace + 1);
}

/// The lock of a password change: not the one of the username, which anybody can set.
std::string lockOfId(const std::string& id) {
  return "\n" + id;
}

}  // namespace

Doors::Doors(Scope& scope, const Settings& settings, Metric& wrongPasswords)
    : scope_(scope),
      settings_(settings),
      passwords_(settings.cost),
      line_(scope, settings.hashesAtOnce, settings.hashesWaiting),
      people_(scope),
      logins_(scope, settings),
      locks_(scope, settings),
      addresses_(settings.addresses, scope.clock()),
      late_(scope.clock()),
      wrongPasswords_(wrongPasswords) {}

void Doors::start() {
  if (scope_.tokens().enabled()) makeFirstAdmin(people_, passwords_, settings_.firstAdminFile, scope_.log());
}

HttpResponse Doors::answer(int status, const Account& account, const Logins::Ticket& ticket) {
  const auto access = scope_.tokens().issue(account.id, account.role, settings_.accessAge);
  // What changes from here on takes the token back.
  const auto now = people_.find(account.id);
  if (!now || !now->isActive || now->role != account.role) {
    logins_.end(ticket.token);
    throw Error(ErrorCode::Conflict, "the account was changed meanwhile");
  }
  const auto user = scope_.users().find(account.id);
  if (!user) throw endedLogin();
  auto response = HttpResponse::answer(status, Answer(JsonObject{{"accessToken", access.token},
                                                                 {"expiresAt", toIso8601(access.expiresAt)},
                                                                 {"refreshToken", ticket.token},
                                                                 {"refreshExpiresAt", toIso8601(ticket.expiresAt)},
                                                                 {"user", user->toJson()}}));
  response.userId = account.id;
  return response;
}

HashLine::Turn Doors::turnOf(const HttpCall& call) {
  addresses_.enter(call.caller.address);
  return addresses_.wasWrong(call.caller.address) ? HashLine::Turn::Last : HashLine::Turn::First;
}

HashLine::Turn Doors::check(const std::string& lock, const HttpCall& call) {
  const auto turn = turnOf(call);
  try {
    line_.requireRoom(turn);
    locks_.enter(lock);
    return turn;
  } catch (const Error&) {
    addresses_.takeBack(call.caller.address);
    throw;
  }
}

void Doors::runChecked(HashLine::Turn turn, const std::string& lock, const HttpCall& call,
                       std::function<Checked()> hash, std::function<HttpResponse(const Checked&)> answer,
                       const HttpReply& reply) {
  const auto takeBack = [this, lock, address = call.caller.address] {
    addresses_.takeBack(address);
    locks_.takeBack(lock);
  };
  const auto settled = [reply, takeBack](Result<HttpResponse> result) {
    if (!result && result.error().code() == ErrorCode::Unavailable) takeBack();
    reply(std::move(result));
  };
  try {
    line_.run<Checked>(turn, std::move(hash), std::move(answer), settled);
  } catch (const Error&) {
    takeBack();
    throw;
  }
}

void Doors::requireUnchanged(const Account& account, const std::string& hash) {
  const auto now = people_.find(account.id);
  if (!now || !now->isActive || (now->hash != account.hash && now->hash != hash))
    throw Error(ErrorCode::Conflict, "the account was changed meanwhile");
}

void Doors::passed(const std::string& lock, const std::string& address) {
  addresses_.takeBack(address);
  locks_.clear(lock);
}

HttpReply Doors::inEvenTime(const HttpReply& reply) {
  return [this, reply, begin = scope_.clock().steady()](Result<HttpResponse> answer) {
    if (answer.ok() || answer.error().code() != ErrorCode::Unauthenticated) return reply(std::move(answer));
    late_.add(nextBeat(begin, settings_.wrongAnswerPace, scope_.clock().steady()),
              [reply, error = answer.error()] { reply(error); });
  };
}

void Doors::registerUser(const HttpCall& call, const HttpReply& reply) {
  requireTokens(scope_);
  if (!settings_.isOpen) throw Error(ErrorCode::Forbidden, "registration is closed", {"accounts.closed"});
  const Fields fields(call.jsonBody());
  auto user = userFrom(fields);
  user.role = roleFrom(fields, settings_.registrationRoles);
  auto password = newPassword(fields, "password");
  const auto turn = turnOf(call);
  line_.run<std::string>(
      turn, [this, password = std::move(password)] { return passwords_.hash(password); },
      [this, user = std::move(user)](const std::string& hash) {
        const auto account = people_.create({user, hash});
        return answer(201, account, logins_.begin(account.id));
      },
      reply);
}

void Doors::login(const HttpCall& call, const HttpReply& givenReply) {
  requireTokens(scope_);
  const auto reply = inEvenTime(givenReply);
  const Fields fields(call.jsonBody());
  const auto username = fields.text("username", mostBytes);
  auto password = fields.text("password", mostBytes);
  const auto lock = nameKey(username);
  const auto turn = check(lock, call);
  const auto account = people_.findByName(username);
  const auto stored = account ? account->hash : passwords_.ofNobody();
  const auto hash = [this, stored, password = std::move(password)] {
    const bool right = Passwords::matches(stored, password);
    return Checked{right, right && !passwords_.isCurrent(stored) ? passwords_.hash(password) : stored};
  };
  const auto enter = [this, account, lock, address = call.caller.address](const Checked& checked) {
    if (!checked.right || !account || !account->isActive) {
      addresses_.noteWrong(address);
      wrongPasswords_.add();
      throw wrongPassword();
    }
    passed(lock, address);
    people_.remember(*account, checked.hash);
    const auto ticket = logins_.begin(account->id);
    try {
      requireUnchanged(*account, checked.hash);
    } catch (const Error&) {
      logins_.end(ticket.token);
      throw;
    }
    return answer(200, *account, ticket);
  };
  runChecked(turn, lock, call, hash, enter, reply);
}

HttpResponse Doors::refresh(const HttpCall& call) {
  requireTokens(scope_);
  const auto ticket = logins_.renew(Fields(call.jsonBody()).text("refreshToken", mostTokenBytes));
  if (!ticket) throw endedLogin();
  const auto account = people_.find(ticket->userId);
  if (account && account->isActive) return answer(200, *account, *ticket);
  logins_.end(ticket->token);
  throw endedLogin();
}

HttpResponse Doors::logout(const HttpCall& call) {
  requireTokens(scope_);
  auto response = HttpResponse::ok(nullptr);
  response.userId = logins_.end(Fields(call.jsonBody()).text("refreshToken", mostTokenBytes));
  return response;
}

HttpResponse Doors::me(const HttpCall& call) {
  requireTokens(scope_);
  if (call.caller.userId.empty()) Fields::fail("userId", "is required");
  const auto user = scope_.users().find(call.caller.userId);
  if (!user) throw Error(ErrorCode::NotFound, "there is no such user");
  return HttpResponse::ok(user->toJson());
}

void Doors::changePassword(const HttpCall& call, const HttpReply& reply) {
  requireTokens(scope_);
  requirePerson(call.caller);
  const Fields fields(call.jsonBody());
  auto current = fields.text("currentPassword", mostBytes);
  auto next = newPassword(fields, "newPassword");
  const auto kept = fields.optionalText("refreshToken", mostTokenBytes).value_or("");
  const auto account = people_.find(call.caller.userId);
  if (!account) throw Error(ErrorCode::NotFound, "there is no such account");
  const auto lock = lockOfId(account->id);
  const auto turn = check(lock, call);
  const auto hash = [this, stored = account->hash, current = std::move(current), next = std::move(next)] {
    const bool right = Passwords::matches(stored, current);
    return Checked{right, right ? passwords_.hash(next) : stored};
  };
  const auto change = [this, account, lock, kept, address = call.caller.address](const Checked& checked) {
    if (!checked.right || !account->isActive)
      throw Error(ErrorCode::Forbidden, "currentPassword is wrong", {"accounts.current"});
    passed(lock, address);
    people_.change(account->id, {.hash = checked.hash}, account->hash);
    return HttpResponse::ok(JsonObject{{"endedLogins", logins_.endAll(account->id, kept)}});
  };
  runChecked(turn, lock, call, hash, change, reply);
}

void Doors::eraseMe(const HttpCall& call, const HttpReply& reply) {
  requireTokens(scope_);
  requirePerson(call.caller);
  auto current = Fields(call.jsonBody()).text("currentPassword", mostBytes);
  const auto account = people_.find(call.caller.userId);
  if (!account) throw Error(ErrorCode::NotFound, "there is no such account");
  const auto lock = lockOfId(account->id);
  const auto turn = check(lock, call);
  const auto hash = [stored = account->hash, current = std::move(current)] {
    return Checked{Passwords::matches(stored, current), stored};
  };
  const auto erase = [this, account, lock, address = call.caller.address](const Checked& checked) {
    if (!checked.right || !account->isActive)
      throw Error(ErrorCode::Forbidden, "currentPassword is wrong", {"accounts.current"});
    passed(lock, address);
    requireUnchanged(*account, account->hash);
    scope_.users().erase(account->id);
    return HttpResponse::answer(202, Answer(JsonObject{{"userId", account->id}}));
  };
  runChecked(turn, lock, call, hash, erase, reply);
}

void Doors::createUser(const HttpCall& call, const HttpReply& reply) {
  requireTokens(scope_);
  const Fields fields(call.jsonBody());
  auto user = userFrom(fields);
  user.role = fields.has("role") ? roleFrom(fields, settings_.roles) : "user";
  if (user.role == "admin") requirePerson(call.caller);
  auto password = newPassword(fields, "password");
  line_.run<std::string>(
      HashLine::Turn::First, [this, password = std::move(password)] { return passwords_.hash(password); },
      [this, user = std::move(user)](const std::string& hash) {
        const auto account = people_.create({user, hash});
        return HttpResponse::created(scope_.users().findMany({account.id}).front().toJson());
      },
      reply);
}

void Doors::changeUser(const HttpCall& call, const HttpReply& reply) {
  requireTokens(scope_);
  const auto id = call.param("userId").value_or("");
  const Fields fields(call.jsonBody());
  People::Change change;
  if (fields.has("role")) change.role = roleFrom(fields, settings_.roles);
  change.isActive = fields.optionalFlag("isActive");
  const auto account = people_.find(id);
  if (!account) throw Error(ErrorCode::NotFound, "there is no such account");
  if (account->role == "admin" || change.role == "admin") requirePerson(call.caller);
  const auto finish = [this, id](const People::Change& wanted) {
    people_.change(id, wanted);
    endAll(id);
    return HttpResponse::ok(scope_.users().findMany({id}).front().toJson());
  };
  if (!fields.has("password")) return reply(finish(change));
  line_.run<std::string>(
      HashLine::Turn::First, [this, password = newPassword(fields, "password")] { return passwords_.hash(password); },
      [change, finish](const std::string& hash) {
        auto withHash = change;
        withHash.hash = hash;
        return finish(withHash);
      },
      reply);
}

void Doors::beforeJoin(hooks::UserJoin::Join& join) {
  if (!scope_.tokens().enabled()) return;
  const auto account = people_.find(join.user.id);
  if (!account) return;
  if (!account->isActive) throw Error(ErrorCode::Forbidden, "the account is switched off", {"accounts.ended"});
  join.user.role = account->role;
  join.user.username = account->username;  // nobody else has it
}

void Doors::sweep() {
  logins_.sweep();
  locks_.sweep();
}

void Doors::endAll(const std::string& userId) {
  logins_.endAll(userId);
  scope_.tokens().takeBack(userId);
}

Json Doors::exportData(const std::string& userId) {
  const auto account = people_.find(userId);
  return JsonObject{{"accountName", account ? Json(account->name) : Json(nullptr)}, {"logins", logins_.list(userId)}};
}

void Doors::eraseData(const std::string& userId) {
  people_.forget(userId);
  endAll(userId);
}

}  // namespace accounts
