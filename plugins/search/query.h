// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace search {

/// Longer words are in the index with their beginning alone.
inline constexpr std::size_t maxTermLength = 32;

/// So many characters of a script without spaces are found by a look into the index alone. With three, the index took
/// twice the space and the time to write it.
inline constexpr std::size_t maxGram = 2;

/// The terms of folded text: its words, all of one to maxGram neighbours in scripts without spaces, each symbol. The
/// same may come several times.
void forEachTerm(std::u32string_view folded, const std::function<void(const std::string& term)>& take);

/// What somebody looks for: parts between white space, all of which must occur, each literally; a part that begins
/// with a letter or digit of a script with spaces occurs where a word begins.
class Query {
 public:
  /// A term that every text with the part has.
  struct Term {
    std::string text;
    bool prefix = false;  ///< it, or a longer one that begins with it
  };
  struct Part {
    std::u32string text;
    std::string utf8;
    bool atWordStart = false;
    std::vector<Term> terms;
    bool exact = false;  ///< a text has the part if, and not only if, it has the terms
  };

  explicit Query(std::string_view keyword);

  /// Nothing when the keyword has nothing but white space and marks.
  const std::vector<Part>& parts() const { return parts_; }
  bool exact() const;
  /// `folded` is what foldText gives.
  bool matches(std::string_view folded) const;
  /// [start, length] in code points of the content, in order, apart from each other.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> highlights(std::string_view content) const;

 private:
  std::vector<Part> parts_;
};

}  // namespace search
