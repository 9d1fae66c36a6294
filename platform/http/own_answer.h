// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/cors.h"
#include "http/router.h"

#include <string_view>

namespace parley::http {

/// What the server itself says where no route answers: to OPTIONS, and that there is nothing.
Response ownAnswer(const Request& request, const Router::Match& match, const Cors& cors, std::string_view locale);

}  // namespace parley::http
