// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <cstddef>
#include <string>

namespace parley::host {

struct FetchOptions {
  std::string url;     ///< http:// or https://
  std::string caFile;  ///< PEM file of the authorities that https is checked with; empty: the system's
  Millis timeout{5'000};
  std::size_t maxBytes = std::size_t{256} * 1024;
};

/// The document under a URL. Blocks; follows no redirection; certificates are checked. Throws a std::exception that
/// says why there is none, without what the document says. [worker]
std::string fetchDocument(const FetchOptions& options);

}  // namespace parley::host
