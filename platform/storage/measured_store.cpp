// SPDX-License-Identifier: Apache-2.0
#include "storage/measured_store.h"

#include <chrono>
#include <utility>

namespace parley::storage {

namespace {

Instant now() {
  return std::chrono::steady_clock::now();
}

bool isFault(const Error& error) {
  return error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::Internal;
}

}  // namespace

void MeasuredStore::ended(Operation operation, Instant begun, const Error* failure) {
  const auto outcome = failure != nullptr && isFault(*failure) ? Failed : Done;
  calls_.at(static_cast<std::size_t>(operation)).ended(now() - begun, outcome);
}

template <typename Call>
auto MeasuredStore::measured(Operation operation, const Call& call) {
  const auto begun = now();
  try {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      ended(operation, begun, nullptr);
    } else {
      auto result = call();
      ended(operation, begun, nullptr);
      return result;
    }
  } catch (const Error& error) {
    ended(operation, begun, &error);
    throw;
  }
}

void MeasuredStore::insert(const std::string& collection, Document document) {
  measured(Operation::Insert, [&] { inner().insert(collection, std::move(document)); });
}

void MeasuredStore::insertMany(const std::string& collection, std::vector<Document> documents) {
  measured(Operation::InsertMany, [&] { inner().insertMany(collection, std::move(documents)); });
}

void MeasuredStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                            const std::function<bool(Document&&)>& each) {
  measured(Operation::Find, [&] { inner().forEach(collection, filter, options, each); });
}

void MeasuredStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                                const std::function<bool(std::string_view)>& each) {
  measured(Operation::Find, [&] { inner().forEachText(collection, filter, options, each); });
}

std::int64_t MeasuredStore::count(const std::string& collection, const Filter& filter) {
  return measured(Operation::Count, [&] { return inner().count(collection, filter); });
}

std::vector<std::pair<Json, std::int64_t>> MeasuredStore::groupCount(const std::string& collection,
                                                                     const Filter& filter, const std::string& field) {
  return measured(Operation::GroupCount, [&] { return inner().groupCount(collection, filter, field); });
}

std::optional<Document> MeasuredStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                     const Update& update) {
  return measured(Operation::FindAndUpdate, [&] { return inner().findAndUpdate(collection, filter, update); });
}

Document MeasuredStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  return measured(Operation::Upsert, [&] { return inner().upsert(collection, filter, update); });
}

std::int64_t MeasuredStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  return measured(Operation::Update, [&] { return inner().update(collection, filter, update); });
}

std::int64_t MeasuredStore::remove(const std::string& collection, const Filter& filter) {
  return measured(Operation::Remove, [&] { return inner().remove(collection, filter); });
}

void MeasuredStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  inner().submit(std::move(writes), [this, begun = now(), done = std::move(done)](Result<WriteSummary> result) {
    ended(Operation::Submit, begun, result ? nullptr : &result.error());
    done(std::move(result));
  });
}

}  // namespace parley::storage
