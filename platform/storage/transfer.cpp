// SPDX-License-Identifier: Apache-2.0
#include "storage/transfer.h"

#include "base/json_text.h"
#include "storage/document_rules.h"
#include "storage/spec_book.h"
#include "storage/transfer_file.h"

#include <utility>
#include <vector>

namespace parley::storage {

namespace {

constexpr std::string_view formatName = "parley-export";
constexpr std::int64_t formatVersion = 1;
constexpr std::int64_t progressEvery = 10'000;
constexpr std::size_t documentsAtOnce = 500;
constexpr std::size_t bytesAtOnce = std::size_t{4} << 20;

class Writer {
 public:
  explicit Writer(const std::string& path) : file_(path) {}
  void line(const JsonObject& object) {
    auto text = boost::json::serialize(object);
    text += '\n';
    digest_.add(text);
    file_.write(text);
  }
  std::string finish(std::int64_t documents) {
    auto sha256 = digest_.finish();
    file_.write(boost::json::serialize(JsonObject{{"end", {{"documents", documents}, {"sha256", sha256}}}}) + "\n");
    file_.commit();
    return sha256;
  }

 private:
  NewFile file_;
  Sha256 digest_;
};

JsonObject parseLine(const LineReader& lines) {
  boost::system::error_code error;
  auto value = base::readJson(lines.line(), maxParseDepth, error);
  if (error || !value.is_object()) lines.refuse("is not a JSON object");
  return std::move(value.get_object());
}

const JsonObject* memberOf(const JsonObject& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  return member != nullptr && member->is_object() && !object.contains("_id") ? &member->get_object() : nullptr;
}

void checkFormat(const LineReader& lines, const JsonObject& first) {
  if (textOf(first, "format") != formatName) lines.refuse("is not the beginning of an export");
  if (integerOf(first, "version") != formatVersion)
    lines.refuse("is of version " + std::to_string(integerOf(first, "version")) + "; this parleyd reads version " +
                 std::to_string(formatVersion));
}

/// Reads the whole file once; returns its digest.
std::string checkWhole(const std::string& path) {
  LineReader lines(path);
  Sha256 digest;
  std::string before;
  for (std::int64_t count = 0; lines.next(); ++count) {
    if (count == 0) checkFormat(lines, parseLine(lines));
    if (count > 0) digest.add(before + "\n");
    before = lines.line();
  }
  if (before.empty() || !lines.isWhole()) lines.refuse("the file is cut off");
  const auto last = parseLine(lines);
  const auto* end = memberOf(last, "end");
  if (end == nullptr) lines.refuse("the file is cut off");
  auto sha256 = digest.finish();
  if (textOf(*end, "sha256") != sha256) lines.refuse("the file is damaged: its digest is " + sha256);
  return sha256;
}

/// Brings documents into one collection, many at a time.
class Loader {
 public:
  Loader(ManagedStore& store, CollectionSpec spec) : store_(store), spec_(std::move(spec)) { store_.define(spec_); }

  void add(Document document, std::size_t bytes) {
    bytes_ += bytes;
    documents_.push_back(std::move(document));
    if (documents_.size() >= documentsAtOnce || bytes_ >= bytesAtOnce) flush();
  }

  void flush() {
    bytes_ = 0;
    const auto documents = std::exchange(documents_, {});
    if (documents.empty()) return;
    try {
      store_.insertMany(spec_.name, documents);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Conflict) throw;
      for (const auto& document : documents) insertUnlessPresent(document);
    }
  }

  const std::string& collection() const { return spec_.name; }

 private:
  void insertUnlessPresent(const Document& document) {
    const auto id = textOf(document, "_id");
    const auto present = store_.findOne(spec_.name, where("_id") == id);
    if (!present) return store_.insert(spec_.name, document);
    if (*present != document)
      throw Error(ErrorCode::Conflict, "the store has another document " + std::string(id) + " in " + spec_.name);
  }

  ManagedStore& store_;
  const CollectionSpec spec_;
  std::vector<Document> documents_;
  std::size_t bytes_ = 0;
};

}  // namespace

TransferSummary exportTo(const std::string& path, ManagedStore& store, const TransferProgress& progress) {
  TransferSummary summary;
  Writer writer(path);
  writer.line({{"format", formatName}, {"version", formatVersion}});
  for (const auto& spec : store.collections()) {
    store.define(spec);
    writer.line({{"collection", toJson(spec)}});
    std::int64_t documents = 0;
    store.forEach(spec.name, {}, {.sort = {{"_id"}}}, [&](Document&& document) {
      writer.line(document);
      if (++documents % progressEvery == 0) progress(spec.name, documents);
      return true;
    });
    if (documents > 0) progress(spec.name, documents);
    summary.documents += documents;
    ++summary.collections;
  }
  summary.sha256 = writer.finish(summary.documents);
  return summary;
}

TransferSummary importFrom(const std::string& path, ManagedStore& store, const TransferProgress& progress) {
  TransferSummary summary;
  summary.sha256 = checkWhole(path);
  LineReader lines(path);
  lines.next();  // the format, which was checked
  std::optional<Loader> loader;
  std::int64_t documents = 0;
  const auto finishCollection = [&] {
    if (!loader) return;
    loader->flush();
    summary.documents += documents;
    if (documents > 0) progress(loader->collection(), documents);
    documents = 0;
  };
  while (lines.next()) {
    auto object = parseLine(lines);
    if (memberOf(object, "end") != nullptr) {
      finishCollection();
      return summary;
    }
    if (const auto* collection = memberOf(object, "collection")) {
      finishCollection();
      loader.emplace(store, toSpec(*collection));
      ++summary.collections;
      continue;
    }
    if (!loader) lines.refuse("a document belongs to no collection");
    loader->add(std::move(object), lines.line().size());
    if (++documents % progressEvery == 0) progress(loader->collection(), documents);
  }
  lines.refuse("the file has been cut off meanwhile");
}

}  // namespace parley::storage
