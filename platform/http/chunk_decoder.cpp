// SPDX-License-Identifier: Apache-2.0
#include "http/chunk_decoder.h"

#include <algorithm>

namespace parley::http {

namespace {

constexpr int maxSizeDigits = 15;  ///< so that the size cannot overflow
constexpr const char* badLineEnd = "a line must end with CR LF";

}  // namespace

ChunkDecoder::Result ChunkDecoder::feed(std::string_view input, std::size_t& consumed, std::string& body) {
  consumed = 0;
  while (consumed < input.size()) {
    if (phase_ == Phase::Data) {
      const auto part = input.substr(consumed, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
      body.append(part);
      consumed += part.size();
      left_ -= part.size();
      if (left_ == 0) enter(Phase::DataCr);
      continue;
    }
    const auto result = step(input[consumed]);
    if (result == Result::Failed) return result;
    ++consumed;
    if (result == Result::Done) return result;
  }
  return Result::More;
}

ChunkDecoder::Result ChunkDecoder::step(char c) {
  switch (phase_) {
    case Phase::Size: return sizeDigit(c);
    case Phase::Extension:
      if (c == '\r') return enter(Phase::SizeEnd);
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
        return fail(400, "malformed chunk extension");
      if (++extensions_ > limits_.maxChunkExtensions) return fail(400, "the chunk extensions are too long");
      return Result::More;
    case Phase::SizeEnd: return c == '\n' ? sizeEnd() : fail(400, badLineEnd);
    case Phase::DataCr: return c == '\r' ? enter(Phase::DataLf) : fail(400, "a chunk is longer than its size says");
    case Phase::DataLf: return c == '\n' ? enter(Phase::Size) : fail(400, badLineEnd);
    case Phase::LastLine: return c == '\n' ? Result::Done : fail(400, badLineEnd);
    case Phase::TrailerEnd: return c == '\n' ? enter(Phase::TrailerStart) : fail(400, badLineEnd);
    case Phase::TrailerStart:
    case Phase::Trailer: return trailer(c);
    case Phase::Data: break;
  }
  return fail(400, "malformed chunk");
}

ChunkDecoder::Result ChunkDecoder::sizeDigit(char c) {
  unsigned value = 0;
  if (c >= '0' && c <= '9') {
    value = static_cast<unsigned>(c - '0');
  } else if (c >= 'a' && c <= 'f') {
    value = static_cast<unsigned>(c - 'a' + 10);
  } else if (c >= 'A' && c <= 'F') {
    value = static_cast<unsigned>(c - 'A' + 10);
  } else if (digits_ > 0 && c == ';') {
    return enter(Phase::Extension);
  } else if (digits_ > 0 && c == '\r') {
    return enter(Phase::SizeEnd);
  } else {
    return fail(400, "malformed chunk size");
  }
  if (++digits_ > maxSizeDigits) return fail(400, "malformed chunk size");
  left_ = left_ * 16 + value;
  return Result::More;
}

ChunkDecoder::Result ChunkDecoder::sizeEnd() {
  digits_ = 0;
  if (left_ == 0) return enter(Phase::TrailerStart);
  total_ += left_;
  if (total_ > limits_.maxBody) return fail(413, "the request body is too large");
  return enter(Phase::Data);
}

ChunkDecoder::Result ChunkDecoder::trailer(char c) {
  if (c == '\r') return enter(phase_ == Phase::TrailerStart ? Phase::LastLine : Phase::TrailerEnd);
  const bool folded = phase_ == Phase::TrailerStart && (c == ' ' || c == '\t');
  if (folded || (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return fail(400, "malformed trailer");
  if (++trailer_ > limits_.maxTrailer) return fail(431, "the trailer is too large");
  return enter(Phase::Trailer);
}

ChunkDecoder::Result ChunkDecoder::enter(Phase phase) {
  phase_ = phase;
  return Result::More;
}

ChunkDecoder::Result ChunkDecoder::fail(int status, const char* detail) {
  error_ = {status, detail};
  return Result::Failed;
}

}  // namespace parley::http
