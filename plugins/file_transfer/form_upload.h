// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"
#include "multipart_parser.h"
#include "sniffer.h"

#include <parley/scope.h>

#include <memory>

namespace file_transfer {

/// What uploads need of the plugin. It outlives them.
struct UploadKit {
  parley::Scope& scope;
  BlobStore& blobs;
  Library& library;
  Sniffer& sniffer;
  const Settings& settings;
};

/// POST of multipart/form-data: the field `file`, and before or behind it the field `userId` where the caller is not
/// known in another way. Answers 201 with the file. [worker]
std::unique_ptr<parley::BodySink> openFormUpload(const UploadKit& kit, const parley::HttpCall& call,
                                                 parley::HttpReply reply);

}  // namespace file_transfer
