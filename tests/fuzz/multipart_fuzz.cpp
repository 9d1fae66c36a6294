// SPDX-License-Identifier: Apache-2.0
// Any bytes: the parser of forms makes the same of them however they were cut, and holds little.
#include "multipart_parser.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using file_transfer::MultipartParser;
using file_transfer::PartHead;

class Notes final : public MultipartParser::Events {
 public:
  void onPart(const PartHead& head) override {
    if (open_) std::abort();
    open_ = true;
    text += "[" + head.name + "|" + head.fileName + "|";
  }
  void onPartData(std::string_view data) override {
    if (!open_ || data.empty()) std::abort();
    text += data;
  }
  void onPartEnd() override {
    if (!open_) std::abort();
    open_ = false;
    text += "]";
  }
  std::string text;

 private:
  bool open_ = false;
};

std::string outcome(std::string_view input, std::size_t piece) {
  Notes notes;
  MultipartParser parser("b", {4, 128}, notes);
  while (!input.empty()) {
    if (!parser.feed(input.substr(0, piece))) return notes.text + "failed";
    input.remove_prefix(std::min(piece, input.size()));
  }
  return notes.text + (parser.isComplete() ? "complete" : "waiting");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)file_transfer::boundaryOf(input);
  const auto whole = outcome(input, input.size() + 1);
  const auto cut = outcome(input, 1);
  if (whole != cut) std::abort();
  return 0;
}
