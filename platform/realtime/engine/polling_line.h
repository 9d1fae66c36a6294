// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "realtime/engine/engineio_packet.h"
#include "realtime/out_message.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley::realtime {

/// The HTTP long-polling side of an Engine.IO session: what waits to be fetched, the poll that waits for it, and a POST
/// whose packets are not all taken. [loop]
class PollingLine {
 public:
  /// Something to send: a message, or a packet without data.
  struct Item {
    std::shared_ptr<const OutMessage> message;
    EnginePacketType packet = EnginePacketType::Noop;
    std::function<void()> written;
  };
  /// A POST that is being taken.
  struct Post {
    Post(std::string itsBody, http::Responder itsResponder)
        : body(std::move(itsBody)), packets(body), responder(std::move(itsResponder)) {}
    std::string body;
    PayloadDecoder packets;
    http::Responder responder;
  };

  /// `maxPayload` bytes and `maxPackets` bound a poll's response, save that one message always goes whole. `place`:
  /// held as long as it lives.
  PollingLine(std::size_t maxPayload, std::size_t maxPackets, std::shared_ptr<void> place = nullptr)
      : maxPayload_(maxPayload), maxPackets_(maxPackets), place_(std::move(place)) {}

  bool hasPoll() const { return poll_.has_value(); }
  /// `number` names the poll to `isParked`.
  void park(http::Responder responder, std::uint64_t number);
  bool isParked(std::uint64_t number) const { return poll_ && pollNumber_ == number; }

  void push(Item item);
  bool isEmpty() const { return items_.empty(); }
  /// Whether less waits than the limit, as in a connection's OutboundQueue. Between two polls a client can take
  /// nothing, however fast it reads: while it polls, as many bytes as two answers may have do not count, and an answer
  /// that is still on its way is one of them.
  bool hasRoom(std::size_t limit) const;
  /// From now on it polls when it does so again; it does while a poll is parked.
  void expectPoll() { polls_ = hasPoll(); }
  std::size_t queuedBytes() const { return queuedBytes_; }
  std::vector<Item> takeItems();

  /// Answers the parked poll, if there is one, with what is queued, if there is something. Returns what is to be called
  /// when it was written.
  std::vector<std::function<void()>> flush();
  /// Answers the parked poll, if there is one, with nothing but this packet.
  void release(EnginePacketType packet);
  /// Answers the parked poll and the post, if there are such, with 400.
  void refuse();

  std::unique_ptr<Post> post;

 private:
  void answer(std::string payload);

  std::size_t maxPayload_;
  std::size_t maxPackets_;
  std::shared_ptr<void> place_;
  std::deque<Item> items_;
  std::size_t queuedBytes_ = 0;
  std::size_t largest_ = 0;  ///< bytes of one of the items since there were none
  std::optional<http::Responder> poll_;
  std::uint64_t pollNumber_ = 0;
  std::weak_ptr<http::BodySource> onItsWay_;  ///< the last answer, when it is a large one
  bool polls_ = false;
};

}  // namespace parley::realtime
