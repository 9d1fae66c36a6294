// SPDX-License-Identifier: Apache-2.0
// PROXY headers of any bytes, read as a connection does: never a byte more than the header has.
#include "net/proxy_header.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using State = parley::net::ProxyHeader::State;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::size_t read = 0;
  for (;;) {
    const auto header = parley::net::readProxyHeader(input.substr(0, read));
    require((header.missing > 0) == (header.state == State::Incomplete));
    if (header.state != State::Incomplete || read + header.missing > size) break;
    read += header.missing;
  }
  return 0;
}
