// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

namespace search {

namespace {

using Range = std::pair<char32_t, char32_t>;

template <std::size_t N>
constexpr bool isIn(const std::array<Range, N>& ranges, char32_t character) {
  for (const auto& [first, last] : ranges)
    if (character >= first && character <= last) return true;
  return false;
}

/// Blocks of scripts that are written without spaces between words, and Hangul, whose words carry suffixes.
constexpr std::array<Range, 17> gramBlocks{{
    {0x0E00, 0x109F},    // Thai, Lao, Tibetan, Myanmar
    {0x1100, 0x11FF},    // Hangul jamo
    {0x1780, 0x17FF},    // Khmer
    {0x19E0, 0x19FF},    // Khmer symbols
    {0x1A20, 0x1AAF},    // Tai Tham
    {0x2E80, 0x2FDF},    // radicals
    {0x3005, 0x3007},    // iteration mark, zero
    {0x3021, 0x303C},    // Hangzhou numerals, kana repeat marks
    {0x3040, 0x4DBF},    // kana, Bopomofo, compatibility jamo, extension A
    {0x4E00, 0xA4CF},    // Han, Yi
    {0xA960, 0xA97F},    // Hangul jamo
    {0xAA60, 0xAADF},    // Myanmar, Tai Viet
    {0xAC00, 0xD7FF},    // Hangul
    {0xF900, 0xFAFF},    // compatibility ideographs
    {0x16FE0, 0x18DFF},  // Tangut, Khitan
    {0x1AFF0, 0x1B2FF},  // kana, Nushu
    {0x20000, 0x3FFFF},  // Han extensions
}};

/// Marks that only modify a letter: those of Latin, Greek, Cyrillic, Hebrew and Arabic lie below U+0700 or in blocks of
/// their own. Variation selectors are among them.
constexpr std::array<Range, 5> accentBlocks{
    {{0x0300, 0x06FF}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE2F}}};

/// Letters that are an accented one to a reader, yet do not decompose.
constexpr std::array<std::pair<char32_t, std::u32string_view>, 10> strokes{{{U'ø', U"o"},
                                                                            {U'ł', U"l"},
                                                                            {U'đ', U"d"},
                                                                            {U'ħ', U"h"},
                                                                            {U'ı', U"i"},
                                                                            {U'ŧ', U"t"},
                                                                            {U'ð', U"d"},
                                                                            {U'þ', U"th"},
                                                                            {U'æ', U"ae"},
                                                                            {U'œ', U"oe"}}};

constexpr char32_t tatweel = 0x0640;  // stretches an Arabic word, means nothing

utf8proc_category_t categoryOf(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

bool isAccent(char32_t character) {
  if (character == tatweel) return true;
  const auto category = categoryOf(character);
  return (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME) && isIn(accentBlocks, character);
}

/// Han and Hangul syllables, which fold to themselves.
constexpr bool isPlain(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3);
}

/// Whether a character may melt with the one before it.
bool joinsPrevious(char32_t c) {
  if (c < 0x300 || isPlain(c)) return false;
  if (c >= 0x1160 && c <= 0x11FF) return true;  // vowels and finals of Hangul
  const auto category = categoryOf(c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

int combiningClass(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

constexpr bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr char32_t foldAscii(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  return c <= U' ' || c == 0x7F ? U' ' : c;
}

/// Calls `take` with each character; bytes that are not UTF-8 are one U+FFFD each.
template <typename Take>
void forEachCharacter(std::string_view utf8, const Take& take) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto* end = at + utf8.size();
  while (at < end) {
    utf8proc_int32_t character = 0xFFFD;
    const auto length = utf8proc_iterate(at, end - at, &character);
    take(length > 0 ? static_cast<char32_t>(character) : U'\uFFFD');
    at += std::max<utf8proc_ssize_t>(length, 1);
  }
}

class Folder {
 public:
  /// `size`: about how many characters will come.
  explicit Folder(std::size_t size) {
    folded_.text.reserve(size);
    folded_.begin.reserve(size);
    folded_.end.reserve(size);
  }

  void take(char32_t character, std::uint32_t position) {
    position_ = position;
    dropped_ = true;
    if (character < 0x80) {
      append(foldAscii(character));
    } else if (isPlain(character)) {
      append(character);
    } else {
      decompose(character);
    }
    // What folds to nothing belongs to the character before it.
    if (dropped_ && !folded_.end.empty()) folded_.end.back() = position + 1;
  }

  Folded finish() {
    compose();
    return std::move(folded_);
  }

 private:
  void decompose(char32_t character) {
    std::array<utf8proc_int32_t, 32> parts{};
    const auto options =
        static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), parts.data(),
                                               static_cast<utf8proc_ssize_t>(parts.size()), options, nullptr);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) return append(character);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const auto part = static_cast<char32_t>(parts[i]);
      if (isAccent(part)) continue;
      const auto* stroke =
          std::find_if(strokes.begin(), strokes.end(), [part](const auto& entry) { return entry.first == part; });
      if (stroke == strokes.end()) {
        append(part);
      } else {
        for (const auto letter : stroke->second) append(letter);
      }
    }
  }

  void append(char32_t character) {
    dropped_ = false;
    if (!joinsPrevious(character) || folded_.text.size() - cluster_ >= maxCluster) compose();
    if (kindOf(character) == Kind::Space) character = U' ';
    folded_.text += character;
    folded_.begin.push_back(position_);
    folded_.end.push_back(position_ + 1);
  }

  /// Puts the last character and the marks after it into their composed form, and begins the next.
  void compose() {
    const auto count = folded_.text.size() - cluster_;
    if (count > 1) {
      const auto first = folded_.text.begin() + static_cast<std::ptrdiff_t>(cluster_);
      std::stable_sort(first + 1, folded_.text.end(), [](char32_t a, char32_t b) {
        const int classA = combiningClass(a);
        const int classB = combiningClass(b);
        return classA != 0 && classB != 0 && classA < classB;
      });
      std::array<utf8proc_int32_t, maxCluster + 1> buffer{};
      std::copy(first, folded_.text.end(), buffer.begin());
      const auto length = utf8proc_normalize_utf32(buffer.data(), static_cast<utf8proc_ssize_t>(count),
                                                   static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
      const auto kept = length > 0 ? static_cast<std::size_t>(length) : count;
      const auto begin = folded_.begin[cluster_];
      const auto end = folded_.end.back();
      folded_.text.resize(cluster_ + kept);
      folded_.begin.resize(cluster_ + kept);
      folded_.end.resize(cluster_ + kept);
      for (std::size_t i = 0; i < kept; ++i) {
        folded_.text[cluster_ + i] = static_cast<char32_t>(buffer[i]);
        folded_.begin[cluster_ + i] = begin;
        folded_.end[cluster_ + i] = end;
      }
    }
    cluster_ = folded_.text.size();
  }

  static constexpr std::size_t maxCluster = 32;

  Folded folded_;
  std::size_t cluster_ = 0;  // where the character that may still take marks begins
  std::uint32_t position_ = 0;
  bool dropped_ = false;
};

}  // namespace

Kind kindOf(char32_t character) {
  if (character < 0x80) {
    const bool letter = (character >= U'a' && character <= U'z') || (character >= U'A' && character <= U'Z');
    if (letter || (character >= U'0' && character <= U'9')) return Kind::Word;
    return character <= U' ' || character == 0x7F ? Kind::Space : Kind::Symbol;
  }
  if (isPlain(character)) return Kind::Gram;
  switch (categoryOf(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return isIn(gramBlocks, character) ? Kind::Gram : Kind::Word;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC: return Kind::Space;
    default: return Kind::Symbol;
  }
}

Folded fold(std::string_view utf8) {
  Folder folder(utf8.size());
  std::uint32_t position = 0;
  forEachCharacter(utf8, [&](char32_t character) { folder.take(character, position++); });
  return folder.finish();
}

std::string foldText(std::string utf8) {
  if (!isAscii(utf8)) return toUtf8(fold(utf8).text);
  for (auto& c : utf8) c = static_cast<char>(foldAscii(static_cast<unsigned char>(c)));
  return utf8;
}

void appendUtf8(std::string& text, char32_t character) {
  if (character < 0x80) {
    text += static_cast<char>(character);
    return;
  }
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(bytes.begin(), bytes.begin() + length);
}

std::string toUtf8(std::u32string_view text) {
  std::string utf8;
  utf8.reserve(text.size() * 2);
  for (const auto character : text) appendUtf8(utf8, character);
  return utf8;
}

std::u32string toUtf32(std::string_view utf8) {
  std::u32string text;
  text.reserve(utf8.size());
  forEachCharacter(utf8, [&text](char32_t character) { text += character; });
  return text;
}

char32_t characterBefore(std::string_view utf8, std::size_t position) {
  auto start = position - 1;
  while (start > 0 && (static_cast<unsigned char>(utf8[start]) & 0xC0) == 0x80) --start;
  utf8proc_int32_t character = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()) + start,
                   static_cast<utf8proc_ssize_t>(position - start), &character);
  return static_cast<char32_t>(character);
}

}  // namespace search
