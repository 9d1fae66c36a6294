// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::http {

/// Header fields in order of arrival; names compare without case (RFC 9110 section 5.1).
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  /// The first value; empty view when there is none. Valid while the headers are unchanged.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Whether a comma-separated list field holds the token, without case (`Connection: keep-alive, Upgrade`).
  bool hasToken(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request body that is taken as it comes, where a route wants that. The connection reads on only while what the
/// taker has not done with is less than `http.bodyWindow`. Copies of the pointer may outlive the connection.
class IncomingBody {
 public:
  /// Told one after another, never blocked. Nothing is told any more once the request was answered. [loop]
  class Taker {
   public:
    virtual ~Taker() = default;
    virtual void onPiece(std::string piece) = 0;
    virtual void onEnd() = 0;     ///< the body is complete
    virtual void onBroken() = 0;  ///< it will never be: the client went away, was too slow, or sent nonsense
  };

  virtual ~IncomingBody() = default;
  /// Begins to read, and asks a client that waits for 100 (Continue) to send. Once. [any thread]
  virtual void take(std::shared_ptr<Taker> taker) = 0;
  /// The taker has done with so many bytes. [any thread]
  virtual void done(std::size_t bytes) = 0;
};

/// One request, complete unless `incoming` is set.
struct Request {
  std::string method;
  std::string target;  ///< as on the request line
  std::string path;    ///< percent-decoded, without query
  std::string query;   ///< raw, without '?'
  Headers headers;
  std::string body;
  std::shared_ptr<IncomingBody> incoming;  ///< instead of `body`, for a route that takes it as it comes
  std::string peerAddress;
  std::string requestId;  ///< the client's X-Request-Id, or a new one
  bool secure = false;
  bool keepAlive = true;
  std::size_t loopIndex = 0;                                ///< the loop its connection lives on
  std::chrono::seconds strictTransport{0};                  ///< for the head of the answer (ResponseFrame)
  std::vector<std::pair<std::string, std::string>> params;  ///< set by the router, percent-decoded

  /// The decoded value of a query parameter; the last of equal names.
  std::optional<std::string> queryParam(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> queryParams() const;
};

/// Gives a response body piece by piece. Called on the loop, must not block: what is not at hand is
/// delivered later through the waker. Ownership: the response's.
class BodySource {
 public:
  virtual ~BodySource() = default;
  enum class State { More, Wait, End, Failed };
  /// Appends at most `max` bytes to `out`. After Wait, `wake` (given to start) asks to be read again.
  virtual State read(std::string& out, std::size_t max) = 0;
  virtual void start(std::function<void()> wake) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<BodySource> source;  ///< instead of `body`; sent chunked unless Content-Length is set
  bool close = false;                  ///< end the connection afterwards
};

}  // namespace parley::http
