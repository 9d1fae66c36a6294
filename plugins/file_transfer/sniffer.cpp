// SPDX-License-Identifier: Apache-2.0
#include "sniffer.h"

#include <parley/error.h>

#include <magic.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace file_transfer {

namespace {

constexpr const char* plainText = "text/plain";
/// libmagic says nothing of what is shorter. Line ends at its end make no text of what is none.
constexpr std::size_t minSize = 2;

bool isPage(std::string_view type) {
  constexpr std::array<std::string_view, 3> pages{"text/html", "application/xhtml+xml", "image/svg+xml"};
  return std::find(pages.begin(), pages.end(), type) != pages.end();
}

}  // namespace

Sniffer::Sniffer(std::vector<std::string> allowed)
    : allowed_(std::move(allowed)), magic_(magic_open(MAGIC_MIME | MAGIC_NO_CHECK_COMPRESS)) {
  if (magic_ != nullptr && magic_load(magic_, nullptr) == 0) return;
  magic_close(magic_);
  throw std::runtime_error("the database of libmagic cannot be read");
}

Sniffer::~Sniffer() {
  magic_close(magic_);
}

std::string Sniffer::look(std::string_view head) {
  std::string longer;
  if (head.size() < minSize) head = longer = std::string(head) + "\n\n";
  const std::lock_guard lock(mutex_);
  const char* found = magic_buffer(magic_, head.data(), head.size());
  return found != nullptr ? found : "application/octet-stream; charset=binary";
}

bool Sniffer::isAllowed(std::string_view type) const {
  return std::any_of(allowed_.begin(), allowed_.end(), [&](std::string_view allowed) {
    return allowed.ends_with('*') ? type.starts_with(allowed.substr(0, allowed.size() - 1)) : type == allowed;
  });
}

std::string Sniffer::check(std::string_view head) {
  const auto found = look(head);
  auto type = found.substr(0, found.find(';'));
  if (isAllowed(type)) return type;
  if (!found.ends_with("=binary") && !isPage(type) && isAllowed(plainText)) return plainText;
  throw parley::Error(parley::ErrorCode::UnsupportedType, "files of the type " + type + " are not taken",
                      {"file_transfer.type", {{"type", type}}});
}

}  // namespace file_transfer
