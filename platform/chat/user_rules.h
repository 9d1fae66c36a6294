// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>

namespace parley::chat {

/// What others are shown of a user, wherever it comes from. VALIDATION_FAILED, naming the field, for a role or a name
/// that could look like another's, and for an avatar that leads elsewhere than to a web server. [any thread]
void checkProfile(const User& user);

}  // namespace parley::chat
