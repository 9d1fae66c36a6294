// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>

#include <string>

namespace messaging {

/// The answer of a page of messages as JSON text: what Answer::page of each one's Message::toJson gives, at a fifth of
/// what it costs to make values first.
std::string pageText(const parley::Messages::History& history);

}  // namespace messaging
