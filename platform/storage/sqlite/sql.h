// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace parley::storage::sqlite {

/// SQL text with its parameters, in the order of the question marks. The text holds names and operators alone,
/// never a value, so that equal shapes share a prepared statement and no value can be read as SQL.
class Sql {
 public:
  using Value = std::variant<std::int64_t, std::string, std::shared_ptr<const Update>>;

  Sql() = default;
  explicit Sql(std::string_view text) : text_(text) {}

  const std::string& text() const { return text_; }
  const std::vector<Value>& values() const { return values_; }

  Sql& add(std::string_view text) {
    text_ += text;
    return *this;
  }
  Sql& add(const Sql& part) {
    text_ += part.text_;
    values_.insert(values_.end(), part.values_.begin(), part.values_.end());
    return *this;
  }
  /// A question mark and what it stands for.
  Sql& bind(Value value) {
    text_ += '?';
    values_.push_back(std::move(value));
    return *this;
  }

 private:
  std::string text_;
  std::vector<Value> values_;
};

}  // namespace parley::storage::sqlite
