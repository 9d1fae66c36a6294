// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// The pages of the index: {_id, data}. `_id` is the number of the segment, the kind of page and the first key in it,
/// so that the page with a key is the last one whose `_id` is not above it: one look into the index of the collection.
inline constexpr const char* pagesCollection = "search_pages";

enum class PageKind : char {
  Rewrites = 'r',  ///< keys: sessions; numbers: see Segment
  Sessions = 's',  ///< keys: sessions
  Terms = 't',     ///< keys: terms
  Times = 'w',     ///< keys: six digits
};

std::string pageKey(std::uint32_t segment, PageKind kind, std::string_view key = {});
/// The pages of one kind, or all, of a segment.
parley::Filter pagesOf(std::uint32_t segment, PageKind kind);
parley::Filter pagesOf(std::uint32_t segment);

/// One entry of a page: a key, and numbers as text. Views into the page.
struct PageEntry {
  std::string_view key;
  std::string_view numbers;
};

/// Walks through the `data` of a page: "key numbers key numbers …".
class PageReader {
 public:
  explicit PageReader(std::string_view data) : data_(data) {}
  bool next(PageEntry& entry);

 private:
  std::string_view data_;
};

/// Writes pages, a few in one round trip; at most that much is in memory. Entries come in the order of their keys.
class PageWriter {
 public:
  PageWriter(parley::Store& store, std::uint32_t segment, std::size_t pageBytes);

  void add(PageKind kind, std::string_view key, std::string_view numbers);
  /// All is durable when this returns. Throws Error.
  void finish();
  std::size_t bytes() const { return bytes_; }

 private:
  void endPage();
  void send();

  parley::Store& store_;
  std::uint32_t segment_;
  std::size_t pageBytes_;
  std::string id_;
  std::string data_;
  std::optional<PageKind> kind_;
  std::vector<parley::Document> pages_;
  std::size_t bytes_ = 0;
};

}  // namespace search
