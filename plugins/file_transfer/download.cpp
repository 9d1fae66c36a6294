// SPDX-License-Identifier: Apache-2.0
#include "download.h"

#include "failures.h"
#include "http_text.h"
#include "sniffer.h"
#include "utf8.h"

#include <algorithm>
#include <array>
#include <utility>

using namespace parley;

namespace file_transfer {

namespace {

/// A part of a blob, read as the client takes it.
class BlobProducer final : public BodyProducer {
 public:
  BlobProducer(std::shared_ptr<BlobReader> blob, ByteRange range) : blob_(std::move(blob)), range_(range) {}
  std::string read(std::size_t max) override {
    auto piece = blob_->read(range_.first, static_cast<std::size_t>(std::min<std::uint64_t>(max, range_.length)));
    range_.first += piece.size();
    range_.length -= piece.size();
    return piece;
  }

 private:
  std::shared_ptr<BlobReader> blob_;
  ByteRange range_;
};

std::string_view header(const HttpCall& call, std::string_view name) {
  const auto found = call.headers.find(name);
  return found == call.headers.end() ? std::string_view() : std::string_view(found->second);
}

/// Only what no browser runs is shown in place: anything else is to be saved.
bool isShown(const std::string& type) {
  constexpr std::array<std::string_view, 6> images{"image/jpeg", "image/png",  "image/gif",
                                                   "image/webp", "image/avif", "image/bmp"};
  return std::find(images.begin(), images.end(), type) != images.end() || type.starts_with("audio/") ||
         type.starts_with("video/") || type == "text/plain";
}

/// Of what was stored before this was asked, the beginning tells it.
bool isUtf8(const File& file, const BlobReader& blob) {
  if (file.utf8) return *file.utf8;
  Utf8Check check;
  check.update(blob.read(0, Sniffer::headSize));
  return check.isValid(blob.size() > Sniffer::headSize);
}

std::string idOf(const HttpCall& call) {
  return call.param("fileId").value_or("");
}

/// What is served: a file, or a thumbnail of it.
struct Content {
  std::shared_ptr<BlobReader> blob;
  std::string type;
  std::string tag;
  std::string name;
  bool utf8 = false;  ///< text that is; of other text the client finds out itself what it is written in
};

HttpResponse respond(Content content, const HttpCall& call) {
  HttpResponse response;
  response.contentType = content.utf8 ? content.type + "; charset=utf-8" : content.type;
  response.headers = {{"ETag", content.tag},
                      {"Accept-Ranges", "bytes"},
                      {"Cache-Control", "private, no-cache"},  // who may read it can change: ask each time
                      {"Content-Security-Policy", "default-src 'none'; sandbox"},
                      {"Content-Disposition", contentDisposition(!isShown(content.type), content.name)}};
  if (const auto known = header(call, "if-none-match"); !known.empty() && namesTag(known, content.tag)) {
    response.status = 304;
    response.contentType.clear();
    return response;
  }
  ByteRange range{0, content.blob->size()};
  const auto condition = header(call, "if-range");
  const bool ranged = call.method == "GET" && (condition.empty() || condition == content.tag);
  const auto kind = ranged ? parseRange(header(call, "range"), content.blob->size(), range) : RangeKind::Whole;
  const auto whole = std::to_string(content.blob->size());
  if (kind == RangeKind::Unsatisfiable) {
    HttpResponse refused;
    refused.status = 416;
    refused.contentType.clear();
    refused.headers = {{"Content-Range", "bytes */" + whole}};
    return refused;
  }
  if (kind == RangeKind::Part) {
    response.status = 206;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                       std::to_string(range.first + range.length - 1) + "/" + whole);
  }
  response.contentLength = range.length;
  response.producer = std::make_shared<BlobProducer>(std::move(content.blob), range);
  return response;
}

}  // namespace

Download::Download(FileAccess& access, SignedUrls& urls, Thumbnails& thumbnails, BlobStore& blobs)
    : access_(access), urls_(urls), thumbnails_(thumbnails), blobs_(blobs) {}

void Download::get(const HttpCall& call, const HttpReply& reply) {
  serve(access_.readable(idOf(call), call.caller.userId), call.caller.userId, call, reply);
}

void Download::view(const HttpCall& call, const HttpReply& reply) {
  const auto id = idOf(call);
  const auto user = urls_.check(call, id);
  serve(access_.readable(id, user), user, call, reply);
}

HttpResponse Download::info(const HttpCall& call) {
  return HttpResponse::ok(access_.readable(idOf(call), call.caller.userId).toJson());
}

HttpResponse Download::url(const HttpCall& call) {
  return HttpResponse::ok(urls_.make(access_.readable(idOf(call), call.caller.userId), call.caller.userId));
}

void Download::serve(const File& file, const std::string& user, const HttpCall& call, const HttpReply& reply) {
  const auto thumb = call.queryParam("thumb");
  if (!thumb) {
    std::shared_ptr<BlobReader> blob = blobs_.read(file.sha256);
    if (!blob) throw noSuchFile();
    const bool utf8 = file.type == "text/plain" && isUtf8(file, *blob);
    return reply(respond({std::move(blob), file.type, "\"" + file.sha256 + "\"", file.name, utf8}, call));
  }
  const int side = Thumbnails::sideFor(*thumb);
  const auto& who = user.empty() ? call.caller.address : user;
  thumbnails_.get(who, file, side, [file, side, call, reply](Result<Thumbnail> made) {
    if (!made) return reply(made.error());
    auto [image, type] = std::move(made).value();
    const auto tag = "\"" + Thumbnails::blobName(file.sha256, side) + "\"";
    reply(respond({std::move(image), std::move(type), tag, file.name}, call));
  });
}

}  // namespace file_transfer
