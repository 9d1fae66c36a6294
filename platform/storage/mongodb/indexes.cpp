// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/indexes.h"

#include "base/log.h"
#include "storage/mongodb/failure.h"
#include "storage/mongodb/index.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

namespace {

/// Building one over a large collection takes its time.
constexpr Millis buildTime{std::chrono::hours{2}};
/// IndexOptionsConflict, IndexKeySpecsConflict
constexpr std::array<std::uint32_t, 2> inTheWay{85, 86};
constexpr std::string_view generationMark = "__";

/// An index that is made while its forerunner still serves takes another name, for good: "by_seq__2".
bool isGenerationOf(std::string_view name, std::string_view wanted) {
  if (!name.starts_with(wanted)) return false;
  name.remove_prefix(wanted.size());
  if (name.empty()) return true;
  if (!name.starts_with(generationMark)) return false;
  name.remove_prefix(generationMark.size());
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

class Indexes {
 public:
  Indexes(const ClientPool& pool, const std::string& collection)
      : client_(pool.apart(buildTime)),
        collection_(client_.collection(collection)),
        name_(collection),
        present_(indexesOf(collection_.get(), collection)) {}

  void define(const Index& index) {
    const auto isAsGood = [&](const Index& there) { return there.isAsGoodAs(index); };
    if (std::any_of(present_.begin(), present_.end(), isAsGood)) return;
    const auto old = [&](const Index& there) { return isGenerationOf(there.name, index.name); };
    if (make(index, freeName(index.name))) return drop(old);
    // Some servers take no second index with the same fields.
    drop([&](const Index& there) { return old(there) || there.hasKeyOf(index); });
    if (!make(index, index.name))
      throw Error(ErrorCode::Internal, "index " + name_ + "." + index.name + " cannot be made");
  }

 private:
  std::string freeName(const std::string& wanted) const {
    auto name = wanted;
    const auto isTaken = [&](const Index& there) { return there.name == name; };
    for (int generation = 2; std::any_of(present_.begin(), present_.end(), isTaken); ++generation)
      name = wanted + std::string(generationMark) + std::to_string(generation);
    return name;
  }

  template <typename Condition>
  void drop(Condition isMeant) {
    for (const auto& there : present_) {
      if (!isMeant(there)) continue;
      base::log("storage").info("index {}.{} has changed and is made anew", name_, there.name);
      bson_error_t error;
      if (!mongoc_collection_drop_index(collection_.get(), there.name.c_str(), &error))
        throw failureOf(error, "dropping index " + name_ + "." + there.name);
    }
  }

  /// False when another one with the same fields is in the way.
  bool make(const Index& index, const std::string& name) {
    Bson definition;
    definition.add("key", index.key).add("name", name);
    if (index.unique) definition.add("unique", true);
    if (!index.only.empty()) definition.add("partialFilterExpression", index.only);
    Bson list;
    list.add("0", definition);
    Bson command;
    command.add("createIndexes", name_).addArray("indexes", list);
    Reply reply;
    bson_error_t error;
    if (mongoc_collection_write_command_with_opts(collection_.get(), command.get(), nullptr, reply.fresh(), &error))
      return true;
    if (error.domain == MONGOC_ERROR_SERVER &&
        std::find(inTheWay.begin(), inTheWay.end(), error.code) != inTheWay.end())
      return false;
    throw failureOf(error, "making index " + name_ + "." + name);
  }

  ApartClient client_;
  Collection collection_;
  std::string name_;
  std::vector<Index> present_;
};

}  // namespace

void defineIndexes(const ClientPool& pool, const CollectionSpec& spec) {
  if (spec.indexes.empty()) return;
  Indexes indexes(pool, spec.name);
  for (const auto& index : spec.indexes) indexes.define(Index::of(index, pool.traits()));
}

}  // namespace parley::storage::mongodb
