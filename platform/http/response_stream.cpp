// SPDX-License-Identifier: Apache-2.0
#include "http/response_stream.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace parley::http {

namespace {

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  State read(std::string& out, std::size_t max) override {
    const auto piece = std::string_view(text_).substr(at_, max);
    out.append(piece);
    at_ += piece.size();
    return at_ == text_.size() ? State::End : State::More;
  }
  void start(std::function<void()> /*wake*/) override {}

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

std::shared_ptr<BodySource> textSource(std::string text) {
  return std::make_shared<TextSource>(std::move(text));
}

ResponseStream::State ResponseStream::pump(net::Connection& connection, std::size_t limit) {
  while (connection.isOpen() && connection.queuedBytes() <= limit) {
    std::string piece;
    const auto state = source_->read(piece, pieceSize);
    if (state == BodySource::State::Failed) return State::Broken;
    if (!piece.empty() && !send(connection, std::move(piece))) return State::Broken;
    if (state == BodySource::State::Wait) return State::Waiting;
    if (state == BodySource::State::More) continue;
    if (left_ && *left_ > 0) return State::Broken;
    if (chunked_ && connection.send(std::string("0\r\n\r\n")) == net::SendState::Dropped) return State::Broken;
    return State::Done;
  }
  return State::Waiting;
}

bool ResponseStream::send(net::Connection& connection, std::string piece) {
  if (left_) {
    if (piece.size() > *left_) return false;
    *left_ -= piece.size();
  }
  if (chunked_) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
    piece = size.data() + std::move(piece) + "\r\n";
  }
  return connection.send(std::move(piece)) != net::SendState::Dropped;
}

}  // namespace parley::http
