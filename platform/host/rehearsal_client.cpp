// SPDX-License-Identifier: Apache-2.0
#include "host/rehearsal_client.h"

#include <Poco/Buffer.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

namespace parley::host {

namespace {

const Poco::Timespan patience(30, 0);

Json parsed(const std::string& text) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  return error ? Json(text) : value;
}

}  // namespace

RehearsalClient::RehearsalClient(const std::string& url)
    : session_(Poco::URI(url).getHost(), Poco::URI(url).getPort()) {
  session_.setTimeout(patience);
  session_.setKeepAlive(true);
  Poco::Net::HTTPClientSession upgrading(session_.getHost(), session_.getPort());
  Poco::Net::HTTPRequest request("GET", "/ws", "HTTP/1.1");
  Poco::Net::HTTPResponse response;
  socket_ = std::make_unique<Poco::Net::WebSocket>(upgrading, request, response);
  socket_->setReceiveTimeout(patience);
}

Json RehearsalClient::request(const std::string& method, const std::string& path, const std::string& body,
                              const std::string& type) {
  Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
  request.setContentType(type);
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session_.sendRequest(request) << body;
  Poco::Net::HTTPResponse response;
  std::string answer;
  Poco::StreamCopier::copyToString(session_.receiveResponse(response), answer);
  return parsed(answer);
}

Json RehearsalClient::event(const std::string& name, const Json& data) {
  const auto frame = boost::json::serialize(JsonObject{{"event", name}, {"data", data}, {"id", 1}});
  socket_->sendFrame(frame.data(), static_cast<int>(frame.size()));
  for (;;) {
    Poco::Buffer<char> buffer(0);
    int flags = 0;
    if (socket_->receiveFrame(buffer, flags) <= 0) throw Poco::IOException("the connection was closed");
    const auto value = parsed(std::string(buffer.begin(), buffer.end()));
    const auto* object = value.if_object();
    if (object != nullptr && object->contains("ack")) return object->at("data");
  }
}

}  // namespace parley::host
