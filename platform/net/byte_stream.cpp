// SPDX-License-Identifier: Apache-2.0
#include "net/byte_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace parley::net {

namespace {

constexpr std::size_t largeBuffer = std::size_t{16} * 1024;   ///< written as it lies
constexpr std::size_t maxTlsRecord = std::size_t{16} * 1024;  ///< RFC 8446 section 5.1

ByteStream::State stateOfFailure() {
  return errno == EAGAIN || errno == EINTR ? ByteStream::State::Again : ByteStream::State::Failed;
}

}  // namespace

ByteStream::Result ByteStream::read(std::span<char> into) {
  return tls_ ? readTls(into) : readPlain(into);
}

ByteStream::Result ByteStream::readPlain(std::span<char> into) {
  const auto got = ::recv(socket_.get(), into.data(), into.size(), 0);
  if (got > 0) return {State::Done, static_cast<std::size_t>(got)};
  return {got == 0 ? State::End : stateOfFailure(), 0};
}

ByteStream::Result ByteStream::readTls(std::span<char> into) {
  // One record a call: several make up a read.
  std::size_t total = 0;
  readNeedsWrite_ = false;
  while (total < into.size()) {
    const auto result = tls_->read(into.subspan(total));
    total += result.bytes;
    if (result.state == TlsStream::State::Done) continue;
    readNeedsWrite_ = result.state == TlsStream::State::WantWrite;
    if (total > 0) return {State::Done, total};  // an end or a failure shows again
    if (result.state == TlsStream::State::End) return {State::End, 0};
    return {result.state == TlsStream::State::Failed ? State::Failed : State::Again, 0};
  }
  return {State::Done, total};
}

ByteStream::Result ByteStream::write(OutboundQueue& queue, std::span<char> scratch) {
  const auto result = tls_ ? writeTls(queue, scratch) : writePlain(queue, scratch);
  queue.dropWritten(result.bytes);
  return result;
}

ByteStream::Result ByteStream::writePlain(const OutboundQueue& queue, std::span<char> scratch) {
  // Small buffers are copied in less time than the kernel takes to look at each.
  auto next = queue.front();
  if (next.size() < largeBuffer && next.size() < queue.bytes()) next = {scratch.data(), queue.copyTo(scratch)};
  const auto sent = ::send(socket_.get(), next.data(), next.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {State::Done, static_cast<std::size_t>(sent)};
  return {stateOfFailure(), 0};
}

ByteStream::Result ByteStream::writeTls(const OutboundQueue& queue, std::span<char> scratch) {
  // Many frames become one record. A retry offers the same bytes again, since nothing was dropped from the queue.
  const auto size = queue.copyTo(scratch.first(maxTlsRecord));
  const auto result = tls_->write({scratch.data(), size});
  writeNeedsRead_ = result.state == TlsStream::State::WantRead;
  switch (result.state) {
    case TlsStream::State::Done: return {State::Done, result.bytes};
    case TlsStream::State::WantRead:
    case TlsStream::State::WantWrite: return {State::Again, 0};
    default: return {State::Failed, 0};
  }
}

void ByteStream::endOutput() {
  if (tls_) tls_->shutdown();
  ::shutdown(socket_.get(), SHUT_WR);
}

void ByteStream::close() {
  socket_.reset();
  tls_.reset();
}

}  // namespace parley::net
