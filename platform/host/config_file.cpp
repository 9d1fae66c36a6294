// SPDX-License-Identifier: Apache-2.0
#include "host/config_file.h"

#include "base/read_file.h"
#include "host/settings.h"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::host {

namespace {

namespace json = boost::json;

constexpr const char* fileKey = "--config";

json::parse_options withComments() {
  json::parse_options options;
  options.allow_comments = true;
  return options;
}

/// Looks for a key that an object has twice, of which a parser keeps the last alone.
class KeyCheck {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  using Fault = boost::system::error_code;

  bool on_document_begin(Fault&) { return true; }
  bool on_document_end(Fault&) { return true; }
  bool on_object_begin(Fault&) {
    objects_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Fault&) {
    objects_.pop_back();
    return true;
  }
  bool on_array_begin(Fault&) { return true; }
  bool on_array_end(std::size_t, Fault&) { return true; }
  bool on_key_part(std::string_view part, std::size_t, Fault&) {
    key_ += part;
    return true;
  }
  bool on_key(std::string_view part, std::size_t, Fault& fault) {
    key_ += part;
    auto& object = objects_.back();
    object.current = std::exchange(key_, {});
    if (object.keys.insert(object.current).second) return true;
    for (const auto& one : objects_) twice_ += (twice_.empty() ? "" : ".") + one.current;
    fault = json::error::syntax;
    return false;
  }
  bool on_string_part(std::string_view, std::size_t, Fault&) { return true; }
  bool on_string(std::string_view, std::size_t, Fault&) { return true; }
  bool on_number_part(std::string_view, Fault&) { return true; }
  bool on_int64(std::int64_t, std::string_view, Fault&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, Fault&) { return true; }
  bool on_double(double, std::string_view, Fault&) { return true; }
  bool on_bool(bool, Fault&) { return true; }
  bool on_null(Fault&) { return true; }
  bool on_comment_part(std::string_view, Fault&) { return true; }
  bool on_comment(std::string_view, Fault&) { return true; }

  /// With dots between the groups that it is in; empty when there is none.
  const std::string& twice() const { return twice_; }

 private:
  struct Object {
    std::set<std::string> keys;
    std::string current;
  };
  std::vector<Object> objects_;
  std::string key_;
  std::string twice_;
};

void checkKeys(const std::string& path, const std::string& text) {
  json::basic_parser<KeyCheck> parser(withComments());
  boost::system::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  if (const auto& key = parser.handler().twice(); !key.empty())
    throw SettingsError(key, "is in the file " + path + " twice");
}

}  // namespace

JsonObject readConfigFile(const std::string& path) {
  const auto file = base::readFile(path);
  if (!file) throw SettingsError(fileKey, file.error().detail());
  const auto text = file.value() + '\n';  // which a comment in the last line may want for its end
  checkKeys(path, text);
  json::stream_parser parser({}, withComments());
  boost::system::error_code error;
  const auto read = parser.write_some(text, error);
  if (error || !parser.done() || text.find_first_not_of(" \t\r\n", read) != std::string::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n');
    throw SettingsError(fileKey, path + " is not valid JSON near line " + std::to_string(line));
  }
  auto document = parser.release();
  if (!document.is_object()) throw SettingsError(fileKey, path + " must hold a JSON object");
  return std::move(document.get_object());
}

}  // namespace parley::host
