// SPDX-License-Identifier: Apache-2.0
#include "sniffer.h"

#include <parley/error.h>

#include <magic.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace file_transfer {

Sniffer::Sniffer(std::vector<std::string> allowed)
    : allowed_(std::move(allowed)), magic_(magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS)) {
  if (magic_ != nullptr && magic_load(magic_, nullptr) == 0) return;
  magic_close(magic_);
  throw std::runtime_error("the database of libmagic cannot be read");
}

Sniffer::~Sniffer() {
  magic_close(magic_);
}

std::string Sniffer::check(std::string_view head) {
  std::string type;
  {
    const std::lock_guard lock(mutex_);
    const char* found = magic_buffer(magic_, head.data(), head.size());
    type = found != nullptr ? found : "application/octet-stream";
  }
  const bool known = std::any_of(allowed_.begin(), allowed_.end(), [&](std::string_view allowed) {
    return allowed.ends_with('*') ? type.starts_with(allowed.substr(0, allowed.size() - 1)) : type == allowed;
  });
  if (!known)
    throw parley::Error(parley::ErrorCode::UnsupportedType, "files of the type " + type + " are not taken",
                        {"file_transfer.type", {{"type", type}}});
  return type;
}

}  // namespace file_transfer
