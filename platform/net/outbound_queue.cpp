// SPDX-License-Identifier: Apache-2.0
#include "net/outbound_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace parley::net {

namespace {
constexpr std::size_t usualBuffers = 8;  ///< in a burst
}

void OutboundQueue::push(SharedBytes bytes) {
  waiting_ += bytes->size();
  if (buffers_.capacity() == 0) buffers_.reserve(usualBuffers);
  buffers_.push_back(std::move(bytes));
}

std::string_view OutboundQueue::front() const {
  return std::string_view(*buffers_[head_]).substr(headWritten_);
}

std::size_t OutboundQueue::copyTo(std::span<char> into) const {
  std::size_t size = 0;
  std::size_t skip = headWritten_;
  for (std::size_t i = head_; i < buffers_.size() && size < into.size(); ++i, skip = 0) {
    const auto part = std::string_view(*buffers_[i]).substr(skip, into.size() - size);
    std::memcpy(into.data() + size, part.data(), part.size());
    size += part.size();
  }
  return size;
}

void OutboundQueue::dropWritten(std::size_t count) {
  written_ += count;
  waiting_ -= count;
  if (waiting_ == 0) return clear();
  while (count > 0) {
    const auto rest = buffers_[head_]->size() - headWritten_;
    if (count < rest) {
      headWritten_ += count;
      break;
    }
    count -= rest;
    headWritten_ = 0;
    buffers_[head_++].reset();
  }
  if (head_ > buffers_.size() / 2) {
    buffers_.erase(buffers_.begin(), buffers_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

void OutboundQueue::clear() {
  waiting_ = 0;
  std::vector<SharedBytes>().swap(buffers_);
  head_ = 0;
  headWritten_ = 0;
}

}  // namespace parley::net
