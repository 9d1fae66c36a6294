// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/statement.h"

#include "storage/document_rules.h"
#include "storage/mongodb/bson_write.h"
#include "storage/mongodb/filter_bson.h"
#include "storage/mongodb/update_bson.h"

#include <utility>

namespace parley::storage::mongodb {

Statement Statement::of(Write&& write, std::shared_ptr<const FieldTypes> types) {
  using Kind = Write::Kind;
  Statement statement{write.kind, write.collection, std::move(types), {}, {}, {}, write.counted, nullptr};
  if (write.kind == Kind::Insert) {
    checkDocument(write.document);
    statement.document = storedDocument(write.document, *statement.types);
    return statement;
  }
  statement.selector = filterBson(write.filter, *statement.types);
  if (write.kind == Kind::UpdateOne || write.kind == Kind::UpdateMany) {
    statement.update = updateBson(write.update, *statement.types);
  } else if (write.kind == Kind::Upsert) {
    if (auto update = upsertBson(write.filter, write.update, *statement.types))
      statement.update = std::move(*update);
    else
      statement.inTwoSteps = std::make_shared<const Write>(std::move(write));
  }
  if (statement.update.size() > maxDocumentBytes) throw Error(ErrorCode::PayloadTooLarge, "the document is too large");
  return statement;
}

}  // namespace parley::storage::mongodb
