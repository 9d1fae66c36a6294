// SPDX-License-Identifier: Apache-2.0
#include "download.h"
#include "late_links.h"
#include "local_blobs.h"
#include "tus.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;
using namespace file_transfer;

namespace {

/// Everything that a running plugin has; made when it starts.
struct Parts {
  Parts(Scope& scope, const Settings& settings)
      : blobs(settings.directory, scope.clock(), scope.log()),
        sniffer(settings.types),
        library(scope, blobs, settings),
        access(scope, library, settings),
        lateLinks(scope, [this](const Message& message) { access.linkLate(message); }),
        urls(scope, settings),
        thumbnails(scope, blobs, settings),
        kit{scope, blobs, library, sniffer, settings},
        tus(kit, access),
        download(access, urls, thumbnails, blobs) {}

  LocalBlobs blobs;
  Sniffer sniffer;
  Library library;
  FileAccess access;
  LateLinks lateLinks;
  SignedUrls urls;
  Thumbnails thumbnails;
  UploadKit kit;
  Tus tus;
  Download download;
};

class FileTransferPlugin final : public Plugin {
  void setup(Scope& scope) override {
    scope_ = &scope;
    settings_.emplace(scope.config());
    for (auto& collection : Library::collections()) scope.collection(collection);
    scope.collection(FileAccess::collection());
    scope.collection(LateLinks::collection());
    scope.collection(SignedUrls::collection());
    registerUploads(scope);
    registerDownloads(scope);
    registerHooks(scope);
    scope.timer(settings_->sweep, [this] {
      parts_->library.sweep();
      parts_->access.settlePromises();
      if (parts_->lateLinks.step()) parts_->access.removeOrphans();
    });
    scope.dataSubject([this](const std::string& user, const std::string& from) { return exportFiles(user, from); },
                      [this](const std::string& user) { eraseFiles(user); });
  }

  void start() override {
    parts_.emplace(*scope_, *settings_);
    parts_->library.clearPartials();
    parts_->urls.start();
    parts_->lateLinks.start();
  }

  static Access asUser() { return Access::joined().actingAs("userId"); }

  static Access uploading() { return asUser().limitedAs(RateClass::Upload); }

  /// tus wants it in every answer.
  static Access ofTus(Access access) { return std::move(access).answeredWith("Tus-Resumable", Tus::version); }

  void registerUploads(Scope& scope) {
    const std::string uploads = "/api/chat/files/tus";
    scope.streamRoute("POST", "/api/chat/files", uploading(), [this](const HttpCall& call, HttpReply reply) {
      return openFormUpload(parts_->kit, call, std::move(reply));
    });
    scope.route("OPTIONS", uploads, ofTus(Access::anyone()), [this](const HttpCall&) { return parts_->tus.options(); });
    scope.streamRoute("POST", uploads, ofTus(uploading()),
                      [this](const HttpCall& call, const HttpReply& reply) { return parts_->tus.create(call, reply); });
    scope.route("OPTIONS", uploads + "/:uploadId", ofTus(Access::anyone()),
                [this](const HttpCall&) { return parts_->tus.options(); });
    scope.streamRoute("PATCH", uploads + "/:uploadId", ofTus(uploading()),
                      [this](const HttpCall& call, const HttpReply& reply) { return parts_->tus.patch(call, reply); });
    scope.deferredRoute("HEAD", uploads + "/:uploadId", ofTus(asUser()),
                        [this](const HttpCall& call, const HttpReply& reply) { parts_->tus.head(call, reply); });
    scope.route("DELETE", uploads + "/:uploadId", ofTus(asUser().audited()),
                [this](const HttpCall& call) { return parts_->tus.terminate(call); });
  }

  void registerDownloads(Scope& scope) {
    const std::string file = "/api/chat/files/:fileId";
    scope.deferredRoute("GET", file, asUser(),
                        [this](const HttpCall& call, const HttpReply& reply) { parts_->download.get(call, reply); });
    scope.deferredRoute("GET", file + "/view", Access::anyone(),
                        [this](const HttpCall& call, const HttpReply& reply) { parts_->download.view(call, reply); });
    scope.route("GET", file + "/info", asUser(), [this](const HttpCall& call) { return parts_->download.info(call); });
    scope.route("GET", file + "/url", asUser(), [this](const HttpCall& call) { return parts_->download.url(call); });
    scope.route("DELETE", file, asUser().audited(), [this](const HttpCall& call) {
      const auto removed = parts_->access.removable(call.param("fileId").value_or(""), call.caller);
      parts_->access.remove(removed);
      return HttpResponse::ok(JsonObject{{"fileId", removed.id}});
    });
  }

  void registerHooks(Scope& scope) {
    scope.before<hooks::MessageSend>([this](auto& draft) { parts_->access.beforeSend(draft); },
                                     {.onFailure = OnHookFailure::Block, .deadline = Millis(1000)});
    scope.after<hooks::MessageStored>([this](const auto& message) { parts_->access.afterStored(message); },
                                      {.deadline = Millis(1000)});
    scope.after<hooks::MessageChanged>([this](const auto& change) { parts_->access.afterChanged(change); },
                                       {.deadline = Millis(1000)});
    scope.after<hooks::SessionRemoved>(
        [this](const auto& removal) { parts_->access.afterSessionRemoved(removal.session.id); },
        {.deadline = Millis(1000)});
  }

  DataPage exportFiles(const std::string& user, const std::string& from) {
    const auto files = parts_->library.filesOf(user, from, filesAtOnce);
    DataPage page;
    for (const auto& file : files) page.items.emplace_back(file.toJson());
    if (files.size() == filesAtOnce) page.next = files.back().id;
    return page;
  }

  void eraseFiles(const std::string& user) {
    parts_->library.refuse(user);
    parts_->library.removeUploadsOf(user);
    for (;;) {
      const auto files = parts_->library.filesOf(user, {}, filesAtOnce);
      if (files.empty()) return;
      for (const auto& file : files) parts_->access.remove(file);
    }
  }

  static constexpr std::size_t filesAtOnce = 200;

  Scope* scope_ = nullptr;
  std::optional<Settings> settings_;
  std::optional<Parts> parts_;
};

}  // namespace

PARLEY_PLUGIN(FileTransferPlugin, .name = "file_transfer", .version = "1.0.0",
              .summary = "Takes and gives files, resumably, and makes thumbnails")
