// SPDX-License-Identifier: Apache-2.0
#include "pages.h"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

using namespace parley;

namespace search {

namespace {

constexpr std::size_t pagesAtOnce = 16;

std::string segmentKey(std::uint32_t segment) {
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", segment);
  return digits.data();
}

}  // namespace

std::string pageKey(std::uint32_t segment, PageKind kind, std::string_view key) {
  auto id = segmentKey(segment);
  id += static_cast<char>(kind);
  id += key;
  return id;
}

Filter pagesOf(std::uint32_t segment, PageKind kind) {
  const auto after = static_cast<char>(static_cast<char>(kind) + 1);
  return where("_id") >= pageKey(segment, kind) && where("_id") < segmentKey(segment) + after;
}

Filter pagesOf(std::uint32_t segment) {
  return where("_id") >= segmentKey(segment) && where("_id") < segmentKey(segment) + "~";
}

bool PageReader::next(PageEntry& entry) {
  if (data_.empty()) return false;
  const auto middle = data_.find(' ');
  const auto end = middle == std::string_view::npos ? middle : data_.find(' ', middle + 1);
  if (end == std::string_view::npos) throw std::runtime_error("a page of the search index is damaged");
  entry = {data_.substr(0, middle), data_.substr(middle + 1, end - middle - 1)};
  data_.remove_prefix(end + 1);
  return true;
}

PageWriter::PageWriter(Store& store, std::uint32_t segment, std::size_t pageBytes)
    : store_(store), segment_(segment), pageBytes_(pageBytes) {}

void PageWriter::add(PageKind kind, std::string_view key, std::string_view numbers) {
  if (kind_ != kind || (!data_.empty() && data_.size() + key.size() + numbers.size() > pageBytes_)) endPage();
  if (data_.empty()) {
    kind_ = kind;
    id_ = pageKey(segment_, kind, key);
  }
  data_.append(key).append(" ").append(numbers).append(" ");
}

void PageWriter::endPage() {
  if (data_.empty()) return;
  bytes_ += data_.size();
  pages_.push_back({{"_id", id_}, {"data", data_}});
  data_.clear();
  if (pages_.size() >= pagesAtOnce) send();
}

void PageWriter::send() {
  if (!pages_.empty()) store_.insertMany(pagesCollection, std::exchange(pages_, {}));
}

void PageWriter::finish() {
  endPage();
  send();
}

}  // namespace search
