// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include <algorithm>

namespace search {

namespace {

/// More would cost reads without finding less: what is found is checked anyway.
constexpr std::size_t maxTermsOfPart = 8;

/// Cuts folded text into terms, in order; words at the very end may be taken as beginnings.
template <typename Take>
void cut(std::u32string_view text, const Take& take) {
  for (std::size_t i = 0; i < text.size();) {
    const auto kind = kindOf(text[i]);
    auto end = i + 1;
    if (kind == Kind::Word || kind == Kind::Gram)
      while (end < text.size() && kindOf(text[end]) == kind) ++end;
    if (kind != Kind::Space) take(kind, text.substr(i, end - i), end == text.size());
    i = end;
  }
}

/// A short word is a term as a whole; of a long one, only the beginning is known.
Query::Term wordTerm(std::u32string_view word, bool last) {
  if (word.size() >= maxTermLength) return {toUtf8(word.substr(0, maxTermLength)), false};
  return {toUtf8(word), last};
}

void addTerms(Query::Part& part, Kind kind, std::u32string_view run, bool last) {
  if (kind == Kind::Word) {
    part.terms.push_back(wordTerm(run, last));
    if (run.size() > maxTermLength) part.exact = false;
  } else if (kind == Kind::Symbol || run.size() <= maxGram) {
    part.terms.push_back({toUtf8(run), false});
  } else {
    for (std::size_t i = 0; i + maxGram <= run.size(); ++i)
      part.terms.push_back({toUtf8(run.substr(i, maxGram)), false});
  }
}

/// Keeps terms that lie far from each other.
void thin(std::vector<Query::Term>& terms) {
  if (terms.size() <= maxTermsOfPart) return;
  std::vector<Query::Term> kept;
  for (std::size_t i = 0; i < maxTermsOfPart; ++i)
    kept.push_back(std::move(terms[i * (terms.size() - 1) / (maxTermsOfPart - 1)]));
  terms = std::move(kept);
}

Query::Part makePart(std::u32string_view text) {
  Query::Part part;
  part.text = text;
  part.utf8 = toUtf8(text);
  part.atWordStart = kindOf(text.front()) == Kind::Word;
  part.exact = true;
  cut(text, [&part](Kind kind, std::u32string_view run, bool last) { addTerms(part, kind, run, last); });
  if (part.terms.size() > 1) part.exact = false;
  thin(part.terms);
  return part;
}

bool occurs(const Query::Part& part, std::string_view folded) {
  for (auto at = folded.find(part.utf8); at != std::string_view::npos; at = folded.find(part.utf8, at + 1))
    if (!part.atWordStart || at == 0 || kindOf(characterBefore(folded, at)) != Kind::Word) return true;
  return false;
}

}  // namespace

void forEachTerm(std::u32string_view folded, const std::function<void(const std::string&)>& take) {
  std::string term;
  cut(folded, [&](Kind kind, std::u32string_view run, bool) {
    if (kind != Kind::Gram) {
      term.clear();
      for (const auto character : run.substr(0, maxTermLength)) appendUtf8(term, character);
      take(term);
      return;
    }
    for (std::size_t i = 0; i < run.size(); ++i) {
      term.clear();
      for (const auto character : run.substr(i, maxGram)) {
        appendUtf8(term, character);
        take(term);
      }
    }
  });
}

Query::Query(std::string_view keyword) {
  const auto folded = fold(keyword).text;
  for (std::size_t i = 0; i < folded.size();) {
    const auto end = std::min(folded.find(U' ', i), folded.size());
    const auto text = std::u32string_view(folded).substr(i, end - i);
    const bool known =
        std::any_of(parts_.begin(), parts_.end(), [text](const Part& part) { return part.text == text; });
    if (!text.empty() && !known) parts_.push_back(makePart(text));
    i = end + 1;
  }
}

bool Query::exact() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.exact; });
}

bool Query::matches(std::string_view folded) const {
  return std::all_of(parts_.begin(), parts_.end(), [folded](const Part& part) { return occurs(part, folded); });
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> Query::highlights(std::string_view content) const {
  const auto folded = fold(content);
  const std::u32string_view text = folded.text;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> spans;  // begin, end
  for (const auto& part : parts_) {
    for (auto at = text.find(part.text); at != std::u32string_view::npos;) {
      if (part.atWordStart && at > 0 && kindOf(text[at - 1]) == Kind::Word) {
        at = text.find(part.text, at + 1);
        continue;
      }
      spans.emplace_back(folded.begin[at], folded.end[at + part.text.size() - 1]);
      at = text.find(part.text, at + part.text.size());
    }
  }
  std::sort(spans.begin(), spans.end());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> apart;
  for (const auto& [begin, end] : spans) {
    if (!apart.empty() && begin < apart.back().second)
      apart.back().second = std::max(apart.back().second, end);
    else
      apart.emplace_back(begin, end);
  }
  for (auto& [begin, end] : apart) end -= begin;
  return apart;
}

}  // namespace search
