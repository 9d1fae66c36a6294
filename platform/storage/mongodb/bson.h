// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mongoc/mongoc.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace parley::storage::mongodb {

/// A BSON document that it owns.
class Bson {
 public:
  Bson() : bson_(bson_new()) {}
  explicit Bson(const bson_t* copied) : bson_(bson_copy(copied)) {}
  ~Bson() { bson_destroy(bson_); }
  Bson(Bson&& other) noexcept : bson_(std::exchange(other.bson_, nullptr)) {}
  Bson& operator=(Bson&& other) noexcept {
    std::swap(bson_, other.bson_);
    return *this;
  }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;

  bson_t* get() { return bson_; }
  const bson_t* get() const { return bson_; }
  std::size_t size() const { return bson_->len; }
  bool empty() const { return bson_empty(bson_); }

  Bson& add(std::string_view key, std::string_view text) {
    bson_append_utf8(bson_, key.data(), length(key), text.data(), length(text));
    return *this;
  }
  Bson& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }
  Bson& add(std::string_view key, std::int64_t number) {
    bson_append_int64(bson_, key.data(), length(key), number);
    return *this;
  }
  Bson& add(std::string_view key, std::int32_t number) {
    bson_append_int32(bson_, key.data(), length(key), number);
    return *this;
  }
  Bson& add(std::string_view key, bool value) {
    bson_append_bool(bson_, key.data(), length(key), value);
    return *this;
  }
  Bson& add(std::string_view key, const Bson& document) {
    bson_append_document(bson_, key.data(), length(key), document.get());
    return *this;
  }
  /// An array whose members `document` has under "0", "1" …
  Bson& addArray(std::string_view key, const Bson& document) {
    bson_append_array(bson_, key.data(), length(key), document.get());
    return *this;
  }

  static int length(std::string_view text) { return static_cast<int>(text.size()); }

 private:
  bson_t* bson_;
};

/// A document that libmongoc fills in: destroyed whether it did or not.
class Reply {
 public:
  Reply() { bson_init(&bson_); }
  ~Reply() { bson_destroy(&bson_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  bson_t* get() { return &bson_; }
  const bson_t* get() const { return &bson_; }
  /// To be handed to a call that initializes it itself.
  bson_t* fresh() {
    bson_destroy(&bson_);
    return &bson_;
  }

  std::int64_t number(const char* name) const {
    bson_iter_t at;
    return bson_iter_init_find(&at, &bson_, name) ? bson_iter_as_int64(&at) : 0;
  }
  bool has(const char* name) const { return bson_has_field(&bson_, name); }

 private:
  bson_t bson_;
};

/// Makes `view` the document at an iterator, valid as long as the one around it; false when there is none.
inline bool viewDocument(const bson_iter_t& at, bson_t& view) {
  std::uint32_t length = 0;
  const std::uint8_t* bytes = nullptr;
  if (!BSON_ITER_HOLDS_DOCUMENT(&at)) return false;
  bson_iter_document(&at, &length, &bytes);
  return bson_init_static(&view, bytes, length);
}

/// A deleter that calls a C function.
template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};

using Uri = std::unique_ptr<mongoc_uri_t, Destroy<mongoc_uri_destroy>>;
using Collection = std::unique_ptr<mongoc_collection_t, Destroy<mongoc_collection_destroy>>;
using Database = std::unique_ptr<mongoc_database_t, Destroy<mongoc_database_destroy>>;
using Cursor = std::unique_ptr<mongoc_cursor_t, Destroy<mongoc_cursor_destroy>>;
using Bulk = std::unique_ptr<mongoc_bulk_operation_t, Destroy<mongoc_bulk_operation_destroy>>;
using FindAndModify = std::unique_ptr<mongoc_find_and_modify_opts_t, Destroy<mongoc_find_and_modify_opts_destroy>>;

}  // namespace parley::storage::mongodb
