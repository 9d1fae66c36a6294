// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "http/cors.h"
#include "http/router.h"

namespace parley::http {

/// What the server itself says where no route answers: to OPTIONS, and that there is nothing.
Response ownAnswer(const Request& request, const Router::Match& match, const Cors& cors, const base::Locale& locale);

}  // namespace parley::http
