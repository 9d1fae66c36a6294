// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"

#include <parley/chat.h>
#include <parley/hooks.h>
#include <parley/store.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// Changes a stored message in one step, and says what it was and is. NOT_FOUND when it is not there or deleted.
hooks::MessageChanged::Change changeMessage(Store& store, const std::string& messageId, const Messages::Change& change,
                                            Time now);

/// Blanks it, and says what it was and is; `before.deleted` when nothing was left to do. NOT_FOUND.
hooks::MessageChanged::Change removeMessage(Store& store, const std::string& messageId, const std::string& byUserId,
                                            Time now);

/// Empties messages of an erased user that are not empty yet, as a recall by that user does, and before them the copies
/// that were forwarded, and the copies of these; `told` gets each change. What is left counts the messages. A crash in
/// between leaves the messages themselves to tell that there is more to do.
void blankWithCopies(Core& core, const std::vector<Document>& messages, const std::string& userId,
                     const std::function<void(hooks::MessageChanged::Change)>& told);

}  // namespace parley::chat
