// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include "base/failure.h"
#include "http/gzip.h"
#include "http/response_writer.h"

#include <utility>

namespace parley::http {

Exchange::Exchange(const Request& request, bool isVersion11, std::shared_ptr<const ServerOptions> theOptions)
    : options(std::move(theOptions)),
      requestId(request.requestId),
      locale(base::chooseLocale(request.headers.get("Accept-Language"), options->locale)),
      origin(request.headers.get("Origin")),
      host(request.headers.get("Host")),
      strictTransport(request.strictTransport),
      secure(request.secure),
      isHead(request.method == "HEAD"),
      version11(isVersion11),
      keepAlive(request.keepAlive),
      gzip(acceptsGzip(request.headers.get("Accept-Encoding"))) {}

void Exchange::finish(Response& response) const {
  if (response.status >= 400 && !response.source && !response.headers.has("Content-Type")) {
    auto detail = response.body.empty() ? std::string(reasonPhrase(response.status)) : std::move(response.body);
    auto failed = failureResponse(response.status, std::move(detail), locale);
    response.body = std::move(failed.body);
    response.headers.set("Content-Type", std::string(failed.headers.get("Content-Type")));
  }
  const auto size = response.body.size();
  if (options->gzipThreshold == 0 || size < options->gzipThreshold || !isCompressible(response)) return;
  response.headers.add("Vary", "Accept-Encoding");
  if (!gzip || (loop->isCurrent() && size > options->gzipOnLoop)) return;
  auto packed = http::gzip(response.body, options->gzipLevel);
  if (packed.empty() || packed.size() >= size) return;
  response.body = std::move(packed);
  response.headers.set("Content-Encoding", "gzip");
}

}  // namespace parley::http
