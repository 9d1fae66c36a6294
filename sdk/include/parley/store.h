// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

/// A stored document: a JSON object whose `_id` is a string, unique in its collection.
using Document = JsonObject;

/// A condition on documents: a typed tree, built with `where`, never from text.
///
///     where("sessionId") == id && where("seq") > 10
///     where("status").in({"online", "away"}) || !where("email").exists()
///
/// Field paths are dotted names of object members. A comparison with a missing field is false, but for `!=`, which is
/// true then. Values compare within their type (numbers, text by code unit, booleans). In a field of ids, those of 24
/// hex digits and all others may each be a range of their own, whatever their text; so may times and other text in a
/// field of dates. Filters and sorting agree about it, so that a list can be read on from where a page of it ended.
class Filter {
 public:
  enum class Op { All, And, Or, Not, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, Exists };

  /// Matches every document.
  Filter() = default;
  Filter(Op op, std::string field, Json value) : op_(op), field_(std::move(field)), value_(std::move(value)) {}
  Filter(Op op, std::vector<Filter> parts) : op_(op), parts_(std::move(parts)) {}

  Op op() const { return op_; }
  const std::string& field() const { return field_; }
  const Json& value() const { return value_; }                 ///< an array for In
  const std::vector<Filter>& parts() const { return parts_; }  ///< of And, Or, Not

  friend Filter operator&&(Filter a, Filter b) { return join(Op::And, std::move(a), std::move(b)); }
  friend Filter operator||(Filter a, Filter b) { return join(Op::Or, std::move(a), std::move(b)); }
  friend Filter operator!(Filter a) { return Filter(Op::Not, std::vector<Filter>{std::move(a)}); }

 private:
  static Filter join(Op op, Filter a, Filter b) {
    if (op == Op::And && a.op_ == Op::All) return b;
    if (op == Op::And && b.op_ == Op::All) return a;
    if (a.op_ == op) return a.parts_.push_back(std::move(b)), a;
    return Filter(op, std::vector<Filter>{std::move(a), std::move(b)});
  }
  Op op_ = Op::All;
  std::string field_;
  Json value_;
  std::vector<Filter> parts_;
};

/// Text types that do not turn into Json by themselves.
template <typename T>
concept PlainText = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

/// The left side of a comparison; see Filter.
class Field {
 public:
  explicit Field(std::string path) : path_(std::move(path)) {}
  Filter operator==(Json value) const { return {Filter::Op::Equal, path_, std::move(value)}; }
  Filter operator!=(Json value) const { return {Filter::Op::NotEqual, path_, std::move(value)}; }
  Filter operator<(Json value) const { return {Filter::Op::Less, path_, std::move(value)}; }
  Filter operator<=(Json value) const { return {Filter::Op::LessEqual, path_, std::move(value)}; }
  Filter operator>(Json value) const { return {Filter::Op::Greater, path_, std::move(value)}; }
  Filter operator>=(Json value) const { return {Filter::Op::GreaterEqual, path_, std::move(value)}; }
  Filter operator==(const PlainText auto& text) const { return *this == Json(text); }
  Filter operator!=(const PlainText auto& text) const { return *this != Json(text); }
  Filter operator<(const PlainText auto& text) const { return *this < Json(text); }
  Filter operator<=(const PlainText auto& text) const { return *this <= Json(text); }
  Filter operator>(const PlainText auto& text) const { return *this > Json(text); }
  Filter operator>=(const PlainText auto& text) const { return *this >= Json(text); }
  Filter in(JsonArray values) const { return {Filter::Op::In, path_, std::move(values)}; }
  Filter exists() const { return {Filter::Op::Exists, path_, nullptr}; }

 private:
  std::string path_;
};

inline Field where(std::string path) {
  return Field(std::move(path));
}

/// A change to a document: a list of typed steps on different field paths.
class Update {
 public:
  enum class Op { Set, SetOnInsert, Unset, Increment, Max };
  struct Step {
    Op op;
    std::string field;
    Json value;
  };

  Update& set(std::string field, Json value) { return add(Op::Set, std::move(field), std::move(value)); }
  /// Only when an upsert makes the document.
  Update& setOnInsert(std::string field, Json value) {
    return add(Op::SetOnInsert, std::move(field), std::move(value));
  }
  Update& set(std::string field, const PlainText auto& text) { return set(std::move(field), Json(text)); }
  Update& setOnInsert(std::string field, const PlainText auto& text) {
    return setOnInsert(std::move(field), Json(text));
  }
  Update& unset(std::string field) { return add(Op::Unset, std::move(field), nullptr); }
  /// Adds to a number; a missing field counts as 0.
  Update& increment(std::string field, std::int64_t by) { return add(Op::Increment, std::move(field), by); }
  /// Sets to the larger of both; a missing field is always smaller.
  Update& max(std::string field, Json value) { return add(Op::Max, std::move(field), std::move(value)); }
  Update& max(std::string field, const PlainText auto& text) { return max(std::move(field), Json(text)); }

  const std::vector<Step>& steps() const { return steps_; }

 private:
  Update& add(Op op, std::string field, Json value) {
    steps_.push_back({op, std::move(field), std::move(value)});
    return *this;
  }
  std::vector<Step> steps_;
};

struct SortKey {
  std::string field;
  bool descending = false;
  bool operator==(const SortKey&) const = default;
};

struct FindOptions {
  std::vector<SortKey> sort;  ///< empty: by `_id`
  std::int64_t limit = 0;     ///< 0: no limit
  std::int64_t skip = 0;
};

/// An index: its name says what it is for; every field that a hot query filters or sorts by is in one.
struct IndexSpec {
  std::string name;
  std::vector<SortKey> fields;
  bool unique = false;
  bool sparse = false;  ///< only documents that have the last of `fields`
  bool operator==(const IndexSpec&) const = default;
};

/// What a collection holds. Ids and dates are text in documents and keep their types in a database that has
/// them (ObjectId where the text is 24 hex digits, Date): the fields named here, also inside arrays of objects.
struct CollectionSpec {
  std::string name;                     ///< shared by all plugins and the server: begin yours with the plugin's name
  std::vector<std::string> idFields;    ///< besides `_id`
  std::vector<std::string> dateFields;  ///< ISO 8601 as parley/time.h writes it
  std::vector<IndexSpec> indexes;
  bool operator==(const CollectionSpec&) const = default;
};

/// One step of Store::submit.
struct Write {
  enum class Kind { Insert, UpdateOne, UpdateMany, Upsert, RemoveOne, RemoveMany };
  Kind kind;
  std::string collection;
  Document document;  ///< Insert
  Filter filter;      ///< all others
  Update update;      ///< UpdateOne, UpdateMany, Upsert
  bool counted = true;

  /// An UpdateOne of which nobody asks whether it found its document: WriteSummary may count it as one in any case, so
  /// that it can be sent together with those of other callers.
  Write&& uncounted() && { return counted = false, std::move(*this); }

  static Write insert(std::string collection, Document document) {
    return {Kind::Insert, std::move(collection), std::move(document), {}, {}};
  }
  static Write updateOne(std::string collection, Filter filter, Update update) {
    return {Kind::UpdateOne, std::move(collection), {}, std::move(filter), std::move(update)};
  }
  static Write upsert(std::string collection, Filter filter, Update update) {
    return {Kind::Upsert, std::move(collection), {}, std::move(filter), std::move(update)};
  }
};

/// What a list of writes did: the documents that were inserted, changed or removed.
struct WriteSummary {
  std::int64_t affected = 0;
};

/// Collections of documents; the same behaviour whichever database is under it.
///
/// Reads see every write whose completion was called before. A write is durable when it has returned, or when its
/// completion is called. Text is valid UTF-8 without U+0000, integers have 64 bits with sign. Failures: CONFLICT (a
/// unique index, or `_id`), UNAVAILABLE (the database cannot be reached within the deadline, or the write queue is
/// full), VALIDATION_FAILED (a document without text `_id`, unknown collection). Each document is written as a whole or
/// not at all; nothing is promised about several together. [any thread but an I/O loop]
class Store {
 public:
  virtual ~Store() = default;

  /// Makes the collection and its indexes where they are missing; what others have defined of it stays. Idempotent.
  virtual void define(const CollectionSpec& spec) = 0;

  /// The `_id` is the caller's to make; only `upsert` makes one.
  virtual void insert(const std::string& collection, Document document) = 0;
  /// In order, in one round trip; at the first failure, which is thrown, those before it stay and those after it are
  /// not done.
  virtual void insertMany(const std::string& collection, std::vector<Document> documents) = 0;
  virtual std::optional<Document> findOne(const std::string& collection, const Filter& filter,
                                          const FindOptions& options = {}) = 0;
  virtual std::vector<Document> find(const std::string& collection, const Filter& filter,
                                     const FindOptions& options = {}) = 0;
  /// Streams the result at constant memory; stops when `each` returns false. `each` runs while one of the store's few
  /// connections for reading is held (`storage.sqlite.readers`): let it collect, and do afterwards what takes long.
  virtual void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                       const std::function<bool(Document&&)>& each) = 0;
  virtual std::int64_t count(const std::string& collection, const Filter& filter) = 0;
  /// How many documents have each value of `field`, in no order.
  virtual std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                                const std::string& field) = 0;

  /// Changes one document and returns it as it is afterwards; nothing when none matched. Atomic.
  virtual std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                                const Update& update) = 0;
  /// As findAndUpdate, but makes the document when none matches: from the equalities of the filter and the update, with
  /// a new ObjectId as `_id` unless these name one. Atomic, also against another upsert of the same unique key.
  virtual Document upsert(const std::string& collection, const Filter& filter, const Update& update) = 0;
  virtual std::int64_t update(const std::string& collection, const Filter& filter, const Update& update) = 0;
  virtual std::int64_t remove(const std::string& collection, const Filter& filter) = 0;

  /// Queues writes to be done in order, in one round trip with what other callers queued; `done` is called
  /// when all are durable, or with the first failure (the writes before it stay, those after it are not done). `done`
  /// runs on a thread of the store and must not block; hand longer work on. When the queue is full it is called with
  /// UNAVAILABLE before submit returns, so hold no lock that it takes. [any thread]
  virtual void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) = 0;

  /// An updateOne or upsert of one document, named by `_id`, that may be stored a fraction of a second later: the
  /// newest of one document takes the place of those that wait, so it sets all that they set; other writes may come
  /// before it. Reads see it as if it were stored; a crash loses what waits. VALIDATION_FAILED for any other write.
  /// [any thread]
  virtual void submitLater(Write write) {
    submit({std::move(write)}, [](const Result<WriteSummary>&) {});
  }
};

}  // namespace parley
