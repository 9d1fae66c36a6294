// SPDX-License-Identifier: Apache-2.0
#include "host/nearest.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>

namespace parley::host {

namespace {

/// Levenshtein's distance, letters compared without case.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool same =
          std::tolower(static_cast<unsigned char>(letter)) == std::tolower(static_cast<unsigned char>(b[j]));
      const auto replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  auto bestDistance = word.size() / 3 + 1;
  for (const auto& candidate : known) {
    const auto edits = distance(word, candidate);
    if (edits > bestDistance || (edits == bestDistance && !best.empty())) continue;
    best = candidate;
    bestDistance = edits;
  }
  return best;
}

}  // namespace parley::host
