// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/hooks.h>
#include <parley/store.h>

#include <optional>
#include <string>

namespace parley::chat {

/// Changes a stored message in one step, and says what it was and is. NOT_FOUND when it is not there or deleted.
hooks::MessageChanged::Change changeMessage(Store& store, const std::string& messageId, const Messages::Change& change,
                                            Time now);

/// Blanks it, and says what it was and is; `before.deleted` when nothing was left to do. NOT_FOUND.
hooks::MessageChanged::Change removeMessage(Store& store, const std::string& messageId, const std::string& byUserId,
                                            Time now);

}  // namespace parley::chat
