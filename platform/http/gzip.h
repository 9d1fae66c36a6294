// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"

#include <string>
#include <string_view>

namespace parley::http {

/// RFC 1952; empty when zlib fails (out of memory). [any thread]
std::string gzip(std::string_view data, int level);

/// Whether an Accept-Encoding value lets gzip be used (RFC 9110 section 12.5.3).
bool acceptsGzip(std::string_view acceptEncoding);

/// Whether a response's type is worth compressing and nothing is encoded yet.
bool isCompressible(const Response& response);

}  // namespace parley::http
