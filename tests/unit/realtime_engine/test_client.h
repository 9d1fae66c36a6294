// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// A blocking client of the tests: HTTP requests and WebSocket frames over one connection. Throws std::runtime_error
/// when the server is silent for ten seconds.
class TestClient {
 public:
  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
  };
  struct Frame {
    unsigned lead = 0;  ///< FIN, reserved bits, opcode
    std::string payload;
    std::uint16_t closeCode() const;
  };

  explicit TestClient(std::uint16_t port);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void sendBytes(std::string_view bytes);
  void sendRequest(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view headers = {});
  Answer readAnswer();
  Answer request(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view headers = {});

  /// The opening handshake; 101 on success.
  Answer openWebSocket(std::string_view target, std::string_view headers = {});
  void sendText(std::string_view text);
  void sendFrame(unsigned lead, std::string_view payload);
  Frame readFrame();
  /// The payload of the next frame, which must be a text message.
  std::string readText();
  /// Whether the server ends the connection now, whatever it still sends.
  bool ends();
  void close();

 private:
  bool receive();
  void need(std::size_t bytes);

  int socket_;
  std::string input_;
};

}  // namespace parley::realtime
