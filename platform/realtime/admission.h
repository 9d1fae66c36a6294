// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/client_socket.h"

#include <memory>

namespace parley::realtime {

/// Lets a socket into its namespace, or back into it: asks the namespace's ConnectHandler, when there is one, on the
/// socket's strand, and then opens or refuses the socket. [any thread]
void admit(const SocketPtr& socket, const LinePtr& line, std::shared_ptr<const NamespaceEntry> entry, Json auth,
           Registry& registry);

}  // namespace parley::realtime
