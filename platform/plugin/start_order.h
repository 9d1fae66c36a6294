// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/manifest.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace parley::plugin {

/// The order in which the enabled plugins start, and why some of them cannot.
struct StartOrder {
  std::vector<std::string> order;             ///< dependencies first; by name where nothing else decides
  std::map<std::string, std::string> errors;  ///< plugin to reason; those are not in `order`
};

/// A hard dependency that is missing, off, failed or circular is an error that names both sides; `startsAfter` orders
/// where it can and is ignored where it would close a circle.
StartOrder startOrder(const std::map<std::string, Manifest>& plugins,
                      const std::function<bool(const std::string& plugin)>& enabled);

}  // namespace parley::plugin
