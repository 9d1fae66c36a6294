// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace search {

/// A set of the messages of one segment, by their place in it.
class Bitmap {
 public:
  explicit Bitmap(std::size_t size) : words_((size + 63) / 64) {}

  void set(std::size_t at) { words_[at / 64] |= std::uint64_t{1} << (at % 64); }
  void clear(std::size_t at) { words_[at / 64] &= ~(std::uint64_t{1} << (at % 64)); }
  bool has(std::size_t at) const { return (words_[at / 64] >> (at % 64) & 1) != 0; }
  void setRange(std::size_t begin, std::size_t end) {
    for (; begin < end && begin % 64 != 0; ++begin) set(begin);
    for (; begin + 64 <= end; begin += 64) words_[begin / 64] = ~std::uint64_t{0};
    for (; begin < end; ++begin) set(begin);
  }
  Bitmap& operator&=(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  /// A multiple of 64.
  std::size_t size() const { return words_.size() * 64; }
  std::size_t count() const {
    std::size_t total = 0;
    for (const auto word : words_) total += static_cast<std::size_t>(std::popcount(word));
    return total;
  }
  bool empty() const {
    for (const auto word : words_)
      if (word != 0) return false;
    return true;
  }
  template <typename Each>
  void forEach(const Each& each) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto word = words_[i]; word != 0; word &= word - 1)
        each(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace search
