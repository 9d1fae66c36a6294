// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/WebSocket.h>

#include <memory>
#include <string>

namespace parley::host {

/// A client of a server on this machine: REST, and events at /ws. Members throw Poco::Exception.
class RehearsalClient {
 public:
  explicit RehearsalClient(const std::string& url);

  /// The body of the answer. `body`: JSON text, or of the type given.
  Json request(const std::string& method, const std::string& path, const std::string& body = {},
               const std::string& type = "application/json");
  /// The acknowledgement.
  Json event(const std::string& name, const Json& data);

 private:
  Poco::Net::HTTPClientSession session_;
  std::unique_ptr<Poco::Net::WebSocket> socket_;
};

}  // namespace parley::host
