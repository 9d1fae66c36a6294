// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/client_socket.h"
#include "realtime/registry.h"

#include <functional>
#include <memory>
#include <string>

namespace parley::realtime {

/// Whose token a client on `line` has come with; `done` is called on the line's loop: at once, with nothing, in open
/// mode. [loop of `line`]
void identify(SocketServices& services, const LinePtr& line, std::string token,
              const std::function<void(Result<IdentityPtr>)>& done);

/// Lets a socket into its namespace, or back into it: asks the namespace's ConnectHandler, when there is one, on the
/// socket's strand, and then opens or refuses the socket. [any thread]
void admit(const SocketPtr& socket, const LinePtr& line, std::shared_ptr<const NamespaceEntry> entry, Json auth,
           Registry& registry);

}  // namespace parley::realtime
