// SPDX-License-Identifier: Apache-2.0
#include "host/fetch_document.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <istream>
#include <memory>
#include <stdexcept>

namespace parley::host {

namespace {

namespace net = Poco::Net;

net::Context::Ptr contextFor(const std::string& caFile) {
  net::Context::Ptr context =
      new net::Context(net::Context::TLS_CLIENT_USE, caFile, net::Context::VERIFY_STRICT, 9, caFile.empty());
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  return context;
}

std::unique_ptr<net::HTTPClientSession> sessionFor(const Poco::URI& url, const std::string& caFile) {
  if (url.getScheme() == "https")
    return std::make_unique<net::HTTPSClientSession>(url.getHost(), url.getPort(), contextFor(caFile));
  return std::make_unique<net::HTTPClientSession>(url.getHost(), url.getPort());
}

/// A provider that sends little by little is given up, too.
std::string readAll(std::istream& stream, std::size_t maxBytes, std::chrono::steady_clock::time_point deadline) {
  std::string text;
  std::array<char, 4096> piece{};
  while (stream.good()) {
    stream.read(piece.data(), 1);
    if (stream.gcount() == 1) text.push_back(piece[0]);
    const auto more = stream.good() ? stream.readsome(piece.data(), piece.size()) : 0;
    text.append(piece.data(), static_cast<std::size_t>(std::max<std::streamsize>(more, 0)));
    if (text.size() > maxBytes) throw std::runtime_error("the document is too large");
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it took too long");
  }
  return text;
}

std::string fetch(const FetchOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  const Poco::URI url(options.url);
  const auto session = sessionFor(url, options.caFile);
  const Poco::Timespan timeout(options.timeout.count() * 1000);
  session->setTimeout(timeout, timeout, timeout);
  const auto target = url.getPathAndQuery();
  net::HTTPRequest request(net::HTTPRequest::HTTP_GET, target.empty() ? "/" : target, net::HTTPMessage::HTTP_1_1);
  request.set("Accept", "application/json");
  session->sendRequest(request);
  net::HTTPResponse response;
  auto& body = session->receiveResponse(response);
  if (response.getStatus() != net::HTTPResponse::HTTP_OK)
    throw std::runtime_error("the status is " + std::to_string(static_cast<int>(response.getStatus())));
  return readAll(body, options.maxBytes, deadline);
}

}  // namespace

std::string fetchDocument(const FetchOptions& options) {
  try {
    return fetch(options);
  } catch (const Poco::Exception& error) {
    throw std::runtime_error(error.displayText());
  }
}

}  // namespace parley::host
