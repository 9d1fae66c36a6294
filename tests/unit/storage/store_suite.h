// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace parley::storage {

/// A new, empty store, and what must outlive it (a folder, a database on a server).
struct StoreUnderTest {
  std::shared_ptr<void> place;
  std::unique_ptr<ManagedStore> store;
  // What FerretDB leaves out and MongoDB does not.
  bool namesIndexes = true;  ///< a conflict says which index it is about
  bool limitsGrowth = true;  ///< an update cannot make a document larger than an insert may be
  bool nestsArrays = true;   ///< an array may hold arrays
};

/// A driver to run the suite with.
struct StoreDriver {
  std::string name;
  std::function<StoreUnderTest()> make;
  std::string missing = {};  ///< why it cannot be run here; empty: it can
};

inline std::ostream& operator<<(std::ostream& out, const StoreDriver& driver) {
  return out << driver.name;
}

/// The drivers of this build; each file of the suite runs with all of them.
std::vector<StoreDriver> storeDrivers();

/// What every store must do, whatever database is under it.
class StoreSuite : public testing::TestWithParam<StoreDriver> {
 protected:
  void SetUp() override {
    if (!GetParam().missing.empty()) GTEST_SKIP() << GetParam().missing;
    underTest_ = GetParam().make();
    store = underTest_.store.get();
    store->define({"things", {}, {}, {{"byKind", {{"kind"}, {"n"}}}, {"byKey", {{"key"}}, true, true}}});
  }

  void put(Document document) { store->insert("things", std::move(document)); }

  /// The ids of what a filter finds, in order.
  std::vector<std::string> ids(const Filter& filter, const FindOptions& options = {}) {
    std::vector<std::string> found;
    for (const auto& document : store->find("things", filter, options)) found.emplace_back(textOf(document, "_id"));
    return found;
  }

  bool namesIndexes() const { return underTest_.namesIndexes; }
  bool limitsGrowth() const { return underTest_.limitsGrowth; }
  bool nestsArrays() const { return underTest_.nestsArrays; }

  Document get(const std::string& id) { return store->findOne("things", where("_id") == id).value(); }

  ManagedStore* store = nullptr;  // owned below

 private:
  StoreUnderTest underTest_;
};

using Ids = std::vector<std::string>;

/// The code of the Error that a call throws; fails the test when it throws none.
inline ErrorCode codeOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::Internal;
}

#define PARLEY_FOR_EACH_DRIVER(suite)                                         \
  INSTANTIATE_TEST_SUITE_P(Drivers, suite, testing::ValuesIn(storeDrivers()), \
                           [](const auto& driver) { return driver.param.name; })

}  // namespace parley::storage
