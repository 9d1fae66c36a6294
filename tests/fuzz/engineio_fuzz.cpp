// SPDX-License-Identifier: Apache-2.0
// Encoding is the exact inverse of decoding: whatever a payload decodes to without a fault, encodes to the payload.
#include "realtime/engine/engineio_packet.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace parley::realtime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  PayloadDecoder decoder(payload);
  std::string encoded;
  while (!decoder.atEnd()) {
    const auto packet = decoder.next();
    if (!packet) return 0;
    if (!encoded.empty()) encoded += recordSeparator;
    encodePacket(encoded, *packet);
  }
  if (encoded != payload) std::abort();
  return 0;
}
