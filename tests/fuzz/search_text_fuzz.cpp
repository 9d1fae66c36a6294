// SPDX-License-Identifier: Apache-2.0
// Folding, terms and highlights of any bytes.
#include "query.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cut = std::min(input.find('\n'), input.size());
  const search::Query query(input.substr(0, cut));
  const auto content = input.substr(std::min(cut + 1, input.size()));
  const auto folded = search::fold(content);
  require(folded.text.size() == folded.begin.size() && folded.text.size() == folded.end.size());
  for (std::size_t i = 0; i < folded.text.size(); ++i) require(folded.begin[i] < folded.end[i]);
  search::forEachTerm(folded.text, [](const std::string& term) {
    require(!term.empty() && term.find(' ') == std::string::npos && term.find('\0') == std::string::npos);
  });
  const bool found = query.matches(search::toUtf8(folded.text));
  std::uint32_t last = 0;
  const auto highlights = query.highlights(content);
  for (const auto& [start, length] : highlights) {
    require(start >= last && length > 0);
    last = start + length;
  }
  require(!found || query.parts().empty() || !highlights.empty());
  return 0;
}
