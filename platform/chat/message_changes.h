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

struct ChangeResult {
  hooks::MessageChanged::Change change;
  bool changed = true;  ///< false: nothing was left to do, and `now` is `before`
};

/// Changes a stored message in one step. NOT_FOUND when it is not there or deleted.
ChangeResult changeMessage(Store& store, const std::string& messageId, const Messages::Change& change, Time now);

/// Blanks it. NOT_FOUND.
ChangeResult removeMessage(Store& store, const std::string& messageId, const std::string& byUserId, Time now);

/// Empties messages of an erased user that are not empty yet, as a recall by that user does, and before them the copies
/// that were forwarded, and the copies of these; `told` gets each change. What is left counts the messages. A crash in
/// between leaves the messages themselves to tell that there is more to do.
void blankWithCopies(Core& core, const std::vector<Document>& messages, const std::string& userId,
                     const std::function<void(hooks::MessageChanged::Change)>& told);

}  // namespace parley::chat
