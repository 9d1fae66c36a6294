// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/documents.h"

#include <parley/chat.h>
#include <parley/store.h>

namespace parley::chat {

/// Notes a session's newest message in the session's document, which alone answers then how many messages it has. Never
/// back to an older message, also when nodes write at once. For Store::submitLater, once the message is stored.
Write touchSession(const Message& newest, const Stamp& stamp);

/// Does so for what a crash may have kept from being noted.
void catchUpSessions(Core& core);

}  // namespace parley::chat
