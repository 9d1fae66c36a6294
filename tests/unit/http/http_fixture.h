// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../net/test_client.h"
#include "http/server.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <map>
#include <memory>
#include <string>

namespace parley::http {

/// A response as a client sees it.
struct Reply {
  int status = 0;
  Headers headers;
  std::string body;
};

inline Response withText(std::string text, int status = 200) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

/// A client that understands HTTP answers.
class HttpClient : public net::TestClient {
 public:
  using TestClient::TestClient;

  Reply reply(bool isHead = false) {
    Reply reply;
    const auto head = until("\r\n\r\n");
    if (head.size() < 12) return reply;
    reply.status = std::stoi(head.substr(9, 3));
    std::size_t line = head.find("\r\n") + 2;
    while (line + 2 < head.size()) {
      const auto end = head.find("\r\n", line);
      const auto colon = head.find(": ", line);
      reply.headers.add(head.substr(line, colon - line), head.substr(colon + 2, end - colon - 2));
      line = end + 2;
    }
    if (isHead || reply.status < 200 || reply.status == 204 || reply.status == 304) return reply;
    if (reply.headers.has("Content-Length")) {
      reply.body = exactly(std::stoul(std::string(reply.headers.get("Content-Length"))));
    } else if (reply.headers.get("Transfer-Encoding") == "chunked") {
      readChunks(reply.body);
    } else {
      reply.body = untilEnd();
    }
    return reply;
  }
  Reply ask(const std::string& request) {
    send(request);
    return reply();
  }

 private:
  void readChunks(std::string& body) {
    for (;;) {
      const auto line = until("\r\n");
      const auto size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
      const auto chunk = exactly(size + 2);
      if (size == 0) return;
      body.append(chunk, 0, size);
    }
  }
};

/// A server on a port of the system's choice.
class HttpTest : public ::testing::Test {
 protected:
  ~HttpTest() override {
    loops_.stop();
    server_.reset();
  }

  void start() {
    server_ = std::make_unique<Server>(loops_, router_, cors_, options_);
    loops_.start();
    server_->start();
  }
  HttpClient client() const { return HttpClient(server_->port()); }

  static Handler answering(std::string text) {
    return [text = std::move(text)](const Request&, const Responder& respond) {
      Response response;
      response.headers.add("Content-Type", "text/plain");
      response.body = text;
      respond(std::move(response));
    };
  }
  /// Answers with the method, the path and the body.
  static Handler echoing() {
    return [](const Request& request, const Responder& respond) {
      Response response;
      response.headers.add("Content-Type", "text/plain");
      response.body = request.method + " " + request.path + " " + request.body;
      respond(std::move(response));
    };
  }

  net::EventLoops loops_{2};
  Router router_;
  Cors cors_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

}  // namespace parley::http
