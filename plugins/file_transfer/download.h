// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "access.h"
#include "signed_urls.h"
#include "thumbnails.h"

#include <parley/scope.h>

#include <memory>
#include <string>

namespace file_transfer {

/// GET and HEAD of files (RFC 9110 sections 13 and 14). [worker]
class Download {
 public:
  Download(FileAccess& access, SignedUrls& urls, Thumbnails& thumbnails, BlobStore& blobs);

  void get(const parley::HttpCall& call, const parley::HttpReply& reply);
  /// The same for a signed address.
  void view(const parley::HttpCall& call, const parley::HttpReply& reply);
  parley::HttpResponse info(const parley::HttpCall& call);
  parley::HttpResponse url(const parley::HttpCall& call);

 private:
  void serve(const File& file, const std::string& user, const parley::HttpCall& call, const parley::HttpReply& reply);

  FileAccess& access_;
  SignedUrls& urls_;
  Thumbnails& thumbnails_;
  BlobStore& blobs_;
};

}  // namespace file_transfer
