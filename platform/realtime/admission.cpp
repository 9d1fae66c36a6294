// SPDX-License-Identifier: Apache-2.0
#include "realtime/admission.h"

#include "base/log.h"
#include "realtime/registry.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace parley::realtime {

namespace {

/// What the handler says against it.
std::optional<Error> objection(const NamespaceEntry& entry, const EventCall& call) {
  try {
    entry.onConnect(call);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    base::log("realtime").error("{} failed at a connect to {}: {}", entry.owner, entry.name, error.what());
  } catch (...) {
    base::log("realtime").error("{} failed at a connect to {}", entry.owner, entry.name);
  }
  return Error(ErrorCode::Internal, "the namespace failed");
}

}  // namespace

void identify(SocketServices& services, const LinePtr& line, std::string token,
              const std::function<void(Result<IdentityPtr>)>& done) {
  if (services.tokens == nullptr) return done(IdentityPtr());
  const auto tell = [line, done](Result<IdentityPtr> who) {
    line->loop().post([done, who = std::move(who)] { done(who); });
  };
  auto verify = [&verifier = services.tokens->verifier, token = std::move(token), line, tell]() mutable {
    verifier.verify(
        std::move(token),
        [tell](Result<auth::Identity> who) {
          if (!who) return tell(who.error());
          tell(IdentityPtr(std::make_shared<const auth::Identity>(std::move(who).value())));
        },
        line->caller().address);
  };
  if (!services.pool.post(std::move(verify), base::Lane::Newcomers))
    done(Error(ErrorCode::Unavailable, "the server is busy"));
}

void admit(const SocketPtr& socket, const LinePtr& line, std::shared_ptr<const NamespaceEntry> entry, Json auth,
           Registry& registry) {
  if (!entry || !entry->onConnect) return socket->home().dispatch([socket, line] { socket->open(line); });
  auto decide = [socket, line, entry = std::move(entry), auth = std::move(auth), &registry] {
    EventCall call{"connect", registry.identify(socket->id(), line->caller()), {JsonArray{auth}, {}}};
    call.caller.requestId = socket->id() + "-connect";
    const base::LogContext context(call.caller.requestId);
    const auto error = objection(*entry, call);
    socket->home().post([socket, line, error] { error ? socket->refuse(line, *error) : socket->open(line); });
  };
  if (!socket->strand().post(std::move(decide)))
    socket->home().dispatch(
        [socket, line] { socket->refuse(line, Error(ErrorCode::Unavailable, "the server is busy")); });
}

}  // namespace parley::realtime
