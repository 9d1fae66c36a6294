// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/connection.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace parley::net {

/// What waits to be written to one peer: whole buffers, shared with other queues and never copied, in order. Bounded by
/// their bytes, and by their number in proportion, since a small buffer costs more than it holds; the last may be of
/// any size, so that no answer is too large for a peer that reads. Has no memory of its own while empty. [loop]
class OutboundQueue {
 public:
  /// For each so many bytes of the limit one buffer may wait.
  static constexpr std::size_t bytesPerBuffer = 64;

  explicit OutboundQueue(std::size_t limit) : limit_(limit) {}

  /// Counts for what is pushed from now on.
  void setLimit(std::size_t bytes) { limit_ = bytes; }
  /// Whether so many bytes in so many buffers are below the limit.
  static bool isBelow(std::size_t limit, std::size_t bytes, std::size_t buffers) {
    return bytes < limit && (buffers == 0 || buffers < limit / bytesPerBuffer);
  }
  bool hasRoom() const { return isBelow(limit_, waiting_, buffers_.size() - head_); }
  /// A buffer that is not empty, when there is room.
  void push(SharedBytes bytes);

  bool isEmpty() const { return head_ == buffers_.size(); }
  std::size_t bytes() const { return waiting_; }
  /// Totals since the beginning.
  std::uint64_t bytesPushed() const { return written_ + waiting_; }
  std::uint64_t bytesWritten() const { return written_; }

  /// What comes next of one buffer; the queue is not empty. Valid until the next change.
  std::string_view front() const;
  /// Copies what comes next, as much as fits; returns how much. The same again until something is dropped, save that it
  /// grows with what is pushed.
  std::size_t copyTo(std::span<char> into) const;
  /// The first `count` bytes, no more than wait, have been written.
  void dropWritten(std::size_t count);
  /// Drops all that waits, as if it had not been pushed.
  void clear();

 private:
  std::vector<SharedBytes> buffers_;
  std::size_t head_ = 0;         ///< the first of buffers_ that is not written
  std::size_t headWritten_ = 0;  ///< how much of that one is
  std::size_t limit_;
  std::size_t waiting_ = 0;  ///< bytes
  std::uint64_t written_ = 0;
};

}  // namespace parley::net
