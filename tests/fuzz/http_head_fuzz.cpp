// SPDX-License-Identifier: Apache-2.0
// Any bytes: the parser neither fails to end nor cares how they were cut.
#include "http/request_parser.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using parley::http::ParserLimits;
using parley::http::RequestParser;

/// A text for all that the parser made of the input, when it arrives `piece` bytes at a time.
std::string outcome(std::string_view input, std::size_t piece, const ParserLimits& limits) {
  std::string text;
  std::string buffer;
  RequestParser parser(limits);
  while (!input.empty()) {
    buffer.append(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    for (;;) {
      const auto before = parser.state();
      const auto used = parser.feed(buffer);
      if (used > buffer.size()) std::abort();
      buffer.erase(0, used);
      if (parser.state() == RequestParser::State::Failed)
        return text + "failed " + std::to_string(parser.error().status) + parser.error().detail;
      if (parser.state() == RequestParser::State::Complete) {
        const auto request = parser.take();
        if (request.body.size() > limits.maxBody || request.target.size() > limits.maxTarget) std::abort();
        text += request.method + ' ' + request.path + '?' + request.query + '\n';
        for (const auto& [name, value] : request.headers) {
          if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
          text += name + '=' + value + '\n';
        }
        text += request.body + (request.keepAlive ? "keep\n" : "close\n");
        parser = RequestParser(limits);
      } else if (used == 0 && parser.state() == before) {
        break;
      }
    }
    if (buffer.size() > limits.maxHead + 2) std::abort();
  }
  return text + "waiting";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ParserLimits limits;
  limits.maxTarget = 64;
  limits.maxHead = 512;
  limits.maxHeaders = 8;
  limits.maxBody = 256;
  limits.maxChunkExtensions = 32;
  limits.maxTrailer = 64;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // Not more at once than the connection's buffer would hold.
  if (outcome(input, limits.maxHead, limits) != outcome(input, 1, limits)) std::abort();
  return 0;
}
