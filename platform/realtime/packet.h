// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>
#include <parley/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// The packet types of Socket.IO protocol 5 (https://github.com/socketio/socket.io-protocol), as their digit on the
/// wire. A decoded packet never has a Binary type: it is an Event or Ack with attachments.
enum class PacketType { Connect = 0, Disconnect, Event, Ack, ConnectError, BinaryEvent, BinaryAck };

struct Packet {
  PacketType type = PacketType::Event;
  std::string nameSpace = "/";      ///< without its query part
  std::optional<std::uint64_t> id;  ///< the acknowledgement's number
  std::string event;                ///< of an Event
  Payload payload;                  ///< of an Event (without the name) or Ack
  Json data;                        ///< of a Connect (an object or null) or ConnectError
};

struct PacketLimits {
  std::size_t maxBytes = 1'000'000;  ///< of the text, and of all attachments of a packet together
  std::size_t maxDepth = 32;         ///< nested JSON arrays and objects
  std::size_t maxAttachments = 10;
  std::size_t maxNameSpaceBytes = 128;
  std::size_t maxEventBytes = 128;
};

/// Whether Socket.IO keeps the name for itself ("connect", "disconnect" …): no event may have it.
bool isReservedEvent(std::string_view name);

/// Whether every place holder in a packet with attachments names one of them. A client takes one that does not for a
/// fault of the connection.
bool placeholdersFit(const Json& value, std::size_t attachments);

/// Throws VALIDATION_FAILED for an event that no client would take.
void checkEmit(const Emit& emit);

/// Puts packets together from the messages of one client. After Malformed it must not be used again.
class PacketDecoder {
 public:
  enum class Status {
    Complete,   ///< take() gives a packet
    More,       ///< attachments are to follow
    Malformed,  ///< fault() says why
  };

  /// `limits` outlive it.
  explicit PacketDecoder(const PacketLimits& limits) : limits_(limits) {}

  Status addText(std::string_view text);
  Status addBinary(std::string data);

  Packet take();
  const char* fault() const { return fault_; }

 private:
  /// What has come of a packet.
  struct Begun {
    Packet packet;
    std::size_t missing = 0;  ///< attachments still to come
    std::size_t attachmentBytes = 0;
  };

  Status malformed(const char* why);
  const char* readHead(std::string_view& text);
  const char* readBody(std::string_view json);

  const PacketLimits& limits_;
  std::unique_ptr<Begun> begun_;  ///< until it is taken: most clients are silent
  const char* fault_ = "";
};

// ---- what the server sends ----

std::string encodeConnect(std::string_view nameSpace, std::string_view sid, std::string_view pid);
std::string encodeConnectError(std::string_view nameSpace, std::string_view message, const Json& data);
std::string encodeDisconnect(std::string_view nameSpace);
std::string encodeAck(std::string_view nameSpace, std::uint64_t id, const Payload& payload);

/// The JSON array of an event, open at its end: `["name",arg,arg`. Serialised once for all encodings of the event.
std::string openEventArray(std::string_view event, const Payload& payload);
/// `offset`, when not empty, is added as the last argument (connection state recovery).
std::string encodeEvent(std::string_view nameSpace, std::optional<std::uint64_t> id, std::size_t attachments,
                        std::string_view openArray, std::string_view offset);

}  // namespace parley::realtime
