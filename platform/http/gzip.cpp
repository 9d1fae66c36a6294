// SPDX-License-Identifier: Apache-2.0
#include "http/gzip.h"

#include "http/text.h"

#include <zlib.h>

#include <cstdlib>

namespace parley::http {

std::string gzip(std::string_view data, int level) {
  z_stream stream{};
  constexpr int windowBits = 15 + 16;  // 16: with gzip's header and trailer
  if (deflateInit2(&stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string packed(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) packed.clear();
  return packed;
}

bool acceptsGzip(std::string_view acceptEncoding) {
  bool any = false;
  while (!acceptEncoding.empty()) {
    const auto item = nextItem(acceptEncoding);
    const auto semicolon = item.find(';');
    const auto coding = trimmed(item.substr(0, semicolon));
    bool wanted = true;
    if (semicolon != std::string_view::npos) {
      const auto weight = trimmed(item.substr(semicolon + 1));
      if (equalsNoCase(weight.substr(0, 2), "q="))
        wanted = std::strtod(std::string(weight.substr(2)).c_str(), nullptr) > 0;
    }
    if (equalsNoCase(coding, "gzip")) return wanted;
    if (coding == "*") any = wanted;
  }
  return any;
}

bool isCompressible(const Response& response) {
  if (response.source || response.headers.has("Content-Encoding") || response.headers.has("Content-Range"))
    return false;
  const auto field = response.headers.get("Content-Type");
  const auto type = lowerCase(trimmed(field.substr(0, field.find(';'))));
  return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
         type == "application/xml" || type == "image/svg+xml" || type.ends_with("+json");
}

}  // namespace parley::http
