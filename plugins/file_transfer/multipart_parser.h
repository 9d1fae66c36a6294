// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace file_transfer {

/// What is known of a part of multipart/form-data before its content (RFC 7578 section 4.2).
struct PartHead {
  std::string name;
  std::string fileName;  ///< as sent, with the escapes of browsers and of `filename*` decoded; empty: none
  bool isFile = false;   ///< a file name was given
};

/// Reads a multipart body (RFC 2046 section 5.1.1) of form data as it comes; holds at most a part's head.
class MultipartParser {
 public:
  struct Limits {
    std::size_t maxParts = 32;
    std::size_t maxPartHead = 8192;
  };
  class Events {
   public:
    virtual ~Events() = default;
    virtual void onPart(const PartHead& head) = 0;
    virtual void onPartData(std::string_view data) = 0;  ///< never empty
    virtual void onPartEnd() = 0;
  };

  /// `boundary` as from boundaryOf. `events` must outlive the parser; what its calls throw passes through.
  MultipartParser(const std::string& boundary, const Limits& limits, Events& events);

  /// False when the body is malformed or beyond a limit; see error. Nothing may be fed after that.
  bool feed(std::string_view input);
  /// Whether the closing delimiter was there.
  bool isComplete() const { return phase_ == Phase::Epilogue; }
  const std::string& error() const { return error_; }

 private:
  enum class Phase { Preamble, Data, Delimiter, Head, Epilogue };
  enum class Step { Again, More, Failed };

  Step step();
  Step scanData();
  Step scanDelimiter();
  Step scanHead();
  Step fail(const char* why);
  void give(std::size_t bytes);

  std::string delimiter_;  ///< CR LF "--" boundary
  Limits limits_;
  Events& events_;
  Phase phase_ = Phase::Preamble;
  std::string held_;  ///< what could not be decided yet
  std::size_t parts_ = 0;
  std::string error_;
};

/// The boundary of a multipart/form-data Content-Type; empty when it is another type, or has no usable boundary.
std::string boundaryOf(std::string_view contentType);

}  // namespace file_transfer
