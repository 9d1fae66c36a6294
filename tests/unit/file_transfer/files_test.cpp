// SPDX-License-Identifier: Apache-2.0
// Who may read a file, and how long it stays, with the chat's rules and a clock that is moved by hand.
#include "../chat/plugin_scope.h"
#include "upright.h"

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace parley::chat::test {

using file_transfer::Image;

namespace {

constexpr Millis hour{3'600'000};

class Files : public ::testing::Test {
 protected:
  Files() : folder_(std::filesystem::temp_directory_path() / ("parley-files-" + world_.session("x", "y").id)) {
    start();
  }
  ~Files() override {
    world_.settle();
    plugin_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    plugin_ = std::make_unique<LoadedPlugin>(world_, registrations_, "file_transfer",
                                             JsonObject{{"directory", folder_.string()}, {"orphanHours", 48}});
  }

  static HttpCall asking(const std::string& user, const std::string& fileId = {}) {
    HttpCall call;
    call.method = "GET";
    call.caller.userId = user;
    if (!fileId.empty()) call.params["fileId"] = fileId;
    return call;
  }

  /// An upload of which everything has come but the end.
  std::unique_ptr<BodySink> uploading(const std::string& user, const std::string& content, const HttpReply& reply) {
    auto call = asking(user);
    call.headers["content-type"] = "multipart/form-data; boundary=b";
    auto sink = registrations_.streams.at("POST /api/chat/files")(call, reply);
    sink->onData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + content +
                 "\r\n--b--\r\n");
    return sink;
  }

  /// The id of a stored file.
  std::string upload(const std::string& user, const std::string& content) {
    HttpResponse answer;
    uploading(user, content, [&](Result<HttpResponse> result) { answer = std::move(result).value(); })->onEnd();
    EXPECT_EQ(answer.status, 201);
    return std::string(boost::json::parse(answer.body).at("data").at("fileId").as_string());
  }

  /// 200, or the code of the refusal.
  std::string reads(const std::string& user, const std::string& fileId) {
    std::string outcome;
    const auto note = [&](Result<HttpResponse> result) {
      outcome = result ? std::to_string(result.value().status) : std::string(codeName(result.error().code()));
    };
    try {
      registrations_.routes.at("GET /api/chat/files/:fileId")(asking(user, fileId), note);
    } catch (const Error& error) {
      note(error);
    }
    return outcome;
  }

  std::string typeOf(const std::string& fileId) {
    std::string type;
    registrations_.routes.at("GET /api/chat/files/:fileId")(
        asking("alice", fileId), [&](const Result<HttpResponse>& result) { type = result.value().contentType; });
    return type;
  }

  std::string thumbnailOf(const std::string& fileId) {
    auto call = asking("alice", fileId);
    call.query["thumb"] = "64";
    std::promise<Result<HttpResponse>> answer;
    registrations_.routes.at("GET /api/chat/files/:fileId")(
        call, [&](Result<HttpResponse> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get().value().producer->read(std::size_t{1} << 20U);
  }

  static std::string png() {
    const Image image(gdImageCreateTrueColor(20, 20));
    int size = 0;
    void* bytes = gdImagePngPtr(image.get(), &size);
    std::string content(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    gdFree(bytes);
    return content;
  }

  static std::map<std::string, std::string> headersOf(const HttpResponse& response) {
    return {response.headers.begin(), response.headers.end()};
  }

  /// The headers of the answer to a request with this body.
  std::map<std::string, std::string> tus(const std::string& method, const HttpCall& call,
                                         const std::string& body = {}) {
    HttpResponse answer;
    const auto* route = method == "POST" ? "POST /api/chat/files/tus" : "PATCH /api/chat/files/tus/:uploadId";
    const auto sink = registrations_.streams.at(route)(
        call, [&](Result<HttpResponse> result) { answer = std::move(result).value(); });
    if (!body.empty()) sink->onData(body);
    sink->onEnd();
    return headersOf(answer);
  }

  Message send(const std::string& sessionId, const std::string& sender, const std::string& fileId) {
    auto message = draft(sessionId, sender, "a file");
    message.fileUrl = "/api/chat/files/" + fileId;
    auto sent = world_.chat->messages().send(message);
    world_.settle();
    return sent;
  }

  Session group(const std::string& owner, const std::vector<std::string>& members) {
    return world_.chat->sessions().create({.type = "group", .name = "g", .ownerId = owner, .userIds = members});
  }

  std::size_t count(const std::string& what) const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / what))
      files += entry.is_regular_file() ? 1 : 0;
    return files;
  }

  World world_;
  Registrations registrations_;
  std::filesystem::path folder_;
  std::unique_ptr<LoadedPlugin> plugin_;
};

}  // namespace

TEST_F(Files, OfAnErasedUserGoHoweverLateTheirUploadsEnd) {
  const auto ignored = [](const Result<HttpResponse>&) {};
  const auto tus = [](HttpCall call, const char* header, const char* value) {
    call.headers["tus-resumable"] = "1.0.0";
    call.headers[header] = value;
    return call;
  };
  const auto stored = upload("alice", "whole");
  const auto form = uploading("alice", "half", ignored);
  HttpResponse created;
  registrations_.streams
      .at("POST /api/chat/files/tus")(tus(asking("alice"), "upload-length", "4"),
                                      [&](Result<HttpResponse> result) { created = std::move(result).value(); })
      ->onEnd();
  auto patch = tus(asking("alice"), "upload-offset", "0");
  patch.headers["content-type"] = "application/offset+octet-stream";
  for (const auto& [name, value] : created.headers)
    if (name == "Location") patch.params["uploadId"] = value.substr(value.rfind('/') + 1);
  std::string outcome;
  const auto resumed = registrations_.streams.at("PATCH /api/chat/files/tus/:uploadId")(
      patch, [&](const Result<HttpResponse>& result) { outcome = codeName(result.error().code()); });
  resumed->onData("half");

  registrations_.subjects.erase("file_transfer", "alice");
  EXPECT_EQ(refusalOf([&] { form->onEnd(); }).first, ErrorCode::Forbidden);
  resumed->onEnd();
  EXPECT_EQ(outcome, "NOT_FOUND") << "what has begun goes with its user";
  EXPECT_EQ(refusalOf([&] { uploading("alice", "more", ignored); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(reads("bob", stored), "NOT_FOUND");
  EXPECT_EQ(count("blobs"), 0U);
  EXPECT_EQ(reads("bob", upload("bob", "his")), "200");
}

TEST_F(Files, ThatAreManyAreExportedAndErasedPageByPage) {
  constexpr std::size_t many = 450;
  for (std::size_t i = 0; i < many; ++i)
    world_.store->insert("files", {{"_id", std::to_string(100'000'000'000 + i) + "000000000000"},
                                   {"uploader", i % 9 == 0 ? "bob" : "alice"},
                                   {"fileName", std::to_string(i)},
                                   {"sha256", "none"}});
  std::set<std::string> names;
  std::string from;
  do {
    const auto page = registrations_.subjects.exportPage("file_transfer", "alice", from);
    EXPECT_LE(page.items.size(), 200U);
    for (const auto& file : page.items) EXPECT_TRUE(names.emplace(file.at("fileName").as_string()).second);
    from = page.next;
  } while (!from.empty());
  EXPECT_EQ(names.size(), 400U);
  registrations_.subjects.erase("file_transfer", "alice");
  EXPECT_EQ(world_.store->count("files", where("uploader") == "alice"), 0);
  EXPECT_EQ(world_.store->count("files", where("uploader") == "bob"), 50);
}

TEST_F(Files, StoredBeforeTheirCharsetWasAskedAreToldByTheirBeginning) {
  const auto beginning = std::string(65'535, 'a');
  for (const auto& [content, isUtf8] :
       {std::pair("你好", true), {"\xC4\xE3\xBA\xC3", false}, {"a\xE4\xBD", false}, {"", true}}) {
    const auto file = upload("alice", content);
    world_.store->update("files", where("_id") == file, Update().unset("utf8"));
    EXPECT_EQ(typeOf(file), isUtf8 ? "text/plain; charset=utf-8" : "text/plain") << content;
  }
  const auto cut = upload("alice", beginning + "你好");
  world_.store->update("files", where("_id") == cut, Update().unset("utf8"));
  EXPECT_EQ(typeOf(cut), "text/plain; charset=utf-8");
}

TEST_F(Files, LieInAFolderOfOneServerAlsoWhileThePluginStartsAnew) {
  // What another process is told. (The option -n: it does not wait.)
  const auto isFree = [&] {
    return std::system(("flock -n '" + (folder_ / ".lock").string() + "' true").c_str()) == 0;
  };
  EXPECT_FALSE(isFree());
  auto late = std::move(plugin_);
  start();
  EXPECT_FALSE(isFree());
  late.reset();
  EXPECT_FALSE(isFree());
  plugin_.reset();
  EXPECT_TRUE(isFree());
}

TEST_F(Files, HaveThumbnailsThatAreUpright) {
  // Stored lying: red on the left, blue on the right. "Turn it clockwise" makes red the upper half.
  const Image lying(gdImageCreateTrueColor(400, 200));
  gdImageFilledRectangle(lying.get(), 0, 0, 199, 199, 0xFF0000);
  gdImageFilledRectangle(lying.get(), 200, 0, 399, 199, 0x0000FF);
  int size = 0;
  void* bytes = gdImageJpegPtr(lying.get(), &size, 90);
  std::string jpeg(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  gdFree(bytes);
  const std::string exif(
      "\xFF\xE1\x00\x22"
      "Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  jpeg.insert(2, exif);

  const auto thumbnail = thumbnailOf(upload("alice", jpeg));
  const Image image(gdImageCreateFromJpegPtr(static_cast<int>(thumbnail.size()), const_cast<char*>(thumbnail.data())));
  ASSERT_TRUE(image);
  EXPECT_EQ(gdImageSX(image.get()), 32);
  EXPECT_EQ(gdImageSY(image.get()), 64);
  EXPECT_GT(gdTrueColorGetRed(gdImageGetTrueColorPixel(image.get(), 16, 10)), 200);
  EXPECT_GT(gdTrueColorGetBlue(gdImageGetTrueColorPixel(image.get(), 16, 54)), 200);
}

TEST_F(Files, HaveThumbnailsHoweverManyAnotherUserAsksFor) {
  const auto content = png();
  const std::map<std::string, std::string> files{{"alice", upload("alice", content)}, {"bob", upload("bob", content)}};
  std::promise<void> going;
  const auto gone = going.get_future().share();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(world_.pool->post([gone] { gone.wait(); }));  // all threads that there are

  std::deque<std::future<int>> answers;
  const auto ask = [&](const std::string& user) {
    auto call = asking(user, files.at(user));
    call.query["thumb"] = "64";
    const auto answer = std::make_shared<std::promise<int>>();
    registrations_.routes.at("GET /api/chat/files/:fileId")(
        call, [answer](Result<HttpResponse> result) { answer->set_value(result.value().status); });
    answers.push_back(answer->get_future());
  };
  const auto refused = refusalOf([&] {
    while (answers.size() < 1000) ask("alice");
  });
  EXPECT_EQ(refused.first, ErrorCode::Unavailable);
  EXPECT_NO_THROW(ask("bob"));
  going.set_value();
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST_F(Files, ThatAreBrokenImagesAreRefusedAtOnceTheSecondTime) {
  const auto file = upload("alice", png().substr(0, 60));
  EXPECT_EQ(refusalOf([&] { thumbnailOf(file); }).first, ErrorCode::UnsupportedType);
  auto call = asking("alice", file);
  call.query["thumb"] = "64";
  const auto answered = [](const Result<HttpResponse>&) { FAIL() << "nothing was to be begun"; };
  EXPECT_EQ(refusalOf([&] { registrations_.routes.at("GET /api/chat/files/:fileId")(call, answered); }).first,
            ErrorCode::UnsupportedType);
}

TEST_F(Files, AreReadByWhoeverSeesTheirMessage) {
  const auto file = upload("alice", "text");
  const auto session = group("alice", {"bob"});
  EXPECT_EQ(reads("bob", file), "FORBIDDEN");
  const auto message = send(session.id, "alice", file);
  EXPECT_EQ(reads("bob", file), "200");
  EXPECT_EQ(reads("eve", file), "FORBIDDEN");
  EXPECT_EQ(reads("bob", std::string(24, '0')), "NOT_FOUND");
  EXPECT_EQ(reads("bob", "../../etc/passwd"), "NOT_FOUND");

  world_.chat->messages().remove(message.id, "alice");
  EXPECT_EQ(reads("bob", file), "FORBIDDEN") << "before any hook has run";
  world_.settle();
  EXPECT_EQ(reads("bob", file), "FORBIDDEN");
  EXPECT_EQ(reads("alice", file), "200");
}

TEST_F(Files, OfARecalledMessageAreItsUploadersAgain) {
  const auto file = upload("alice", "text");
  const auto session = world_.session("alice", "bob");
  const auto message = send(session.id, "alice", file);
  EXPECT_EQ(reads("bob", file), "200");
  world_.chat->messages().change(message.id, {.kind = "recalled", .byUserId = "alice", .content = "", .fileUrl = ""});
  EXPECT_EQ(reads("bob", file), "FORBIDDEN");
}

TEST_F(Files, AreNotForThoseWhoCameLaterOrHaveLeft) {
  const auto file = upload("alice", "text");
  const auto session = group("alice", {"bob"});
  send(session.id, "alice", file);
  world_.chat->sessions().addMembers(session.id, {"late"}, false, "alice");
  world_.chat->sessions().addMembers(session.id, {"welcome"}, true, "alice");
  EXPECT_EQ(reads("late", file), "FORBIDDEN");
  EXPECT_EQ(reads("welcome", file), "200");
  world_.chat->sessions().removeMember(session.id, "bob", "alice");
  EXPECT_EQ(reads("bob", file), "FORBIDDEN");
  send(session.id, "alice", file);
  EXPECT_EQ(reads("late", file), "200");

  world_.chat->sessions().remove(session.id, "alice");
  EXPECT_EQ(reads("welcome", file), "FORBIDDEN");
  world_.settle();
  EXPECT_EQ(world_.store->count("filelinks", {}), 0);
}

TEST_F(Files, CanBeSentOnOnlyByThoseWhoMayReadThem) {
  const auto file = upload("alice", "text");
  const auto session = world_.session("bob", "carol");
  EXPECT_EQ(refusalOf([&] { send(session.id, "bob", file); }).first, ErrorCode::Forbidden);
  send(world_.session("alice", "bob").id, "alice", file);
  send(session.id, "bob", file);
  EXPECT_EQ(reads("carol", file), "200");
}

TEST_F(Files, StayReadableWhenTheServerEndedBehindTheMessage) {
  const auto file = upload("alice", "text");
  const auto session = world_.session("alice", "bob");
  send(session.id, "alice", file);
  // As if it had ended before the hook: the promise is there, the link is not.
  world_.store->remove("filelinks", {});
  world_.store->insert("filelinks", {{"_id", std::string(24, 'a')},
                                     {"fileId", file},
                                     {"sessionId", session.id},
                                     {"senderId", "alice"},
                                     {"receiverId", "bob"},
                                     {"promisedAt", toIso8601(world_.clock.now())}});
  EXPECT_EQ(reads("bob", file), "200") << "the promise counts";
  world_.clock.advance(hour);
  EXPECT_EQ(reads("bob", file), "FORBIDDEN") << "but not for ever";
  registrations_.runTimers();
  EXPECT_EQ(reads("bob", file), "200") << "now that it is settled";
  EXPECT_EQ(world_.store->count("filelinks", where("promisedAt").exists()), 0);
}

TEST_F(Files, SentWhileThePluginWasAwayAreReadableAndStay) {
  const auto file = upload("alice", "text");
  const auto secret = upload("alice", "not for eve");
  const auto session = world_.session("alice", "bob");
  world_.clock.advance(hour);
  registrations_.runTimers();
  plugin_.reset();
  send(session.id, "alice", file);
  send(world_.session("eve", "bob").id, "eve", secret);
  start();
  EXPECT_EQ(reads("bob", file), "200");
  EXPECT_EQ(reads("eve", secret), "FORBIDDEN");
  EXPECT_EQ(reads("bob", secret), "FORBIDDEN");
  for (int i = 0; i < 2; ++i) {
    world_.clock.advance(49 * hour);
    registrations_.runTimers();
  }
  EXPECT_EQ(reads("bob", file), "200");
  EXPECT_EQ(reads("alice", secret), "NOT_FOUND");
}

TEST_F(Files, ToldToThePluginAloneWhenTheyAreStoredAreLinkedAsTheirSenderMay) {
  const auto file = upload("alice", "text");
  const auto session = world_.session("alice", "bob");
  const auto strangers = world_.session("eve", "bob");
  plugin_.reset();
  const auto own = send(session.id, "alice", file);
  const auto taken = send(strangers.id, "eve", file);
  start();
  world_.store->remove("filelinks", {});
  world_.hooks.after<hooks::MessageStored>(own);
  EXPECT_EQ(reads("bob", file), "200");
  EXPECT_EQ(world_.store->count("filelinks", {}), 1);
  world_.hooks.after<hooks::MessageStored>(taken);
  EXPECT_EQ(world_.store->count("filelinks", {}), 1);
}

TEST_F(Files, ThatNoMessageCarriesGoAfterAWhile) {
  const auto orphan = upload("alice", "of no use");
  const auto carried = upload("alice", "of use");
  const auto message = send(world_.session("alice", "bob").id, "alice", carried);
  world_.clock.advance(47 * hour);
  registrations_.runTimers();
  EXPECT_EQ(reads("alice", orphan), "200");
  world_.clock.advance(2 * hour);
  registrations_.runTimers();
  EXPECT_EQ(reads("alice", orphan), "NOT_FOUND");
  EXPECT_EQ(reads("bob", carried), "200");
  EXPECT_EQ(count("blobs"), 1U);

  world_.chat->messages().remove(message.id, "alice");
  world_.settle();
  world_.clock.advance(49 * hour);
  registrations_.runTimers();
  EXPECT_EQ(reads("alice", carried), "NOT_FOUND");
  EXPECT_EQ(count("blobs"), 0U);
}

TEST_F(Files, ThatACrashLeftBehindAreSweptAway) {
  const auto kept = upload("alice", "kept");
  const auto lost = upload("alice", "lost");
  world_.store->remove("files", where("_id") == lost);
  EXPECT_EQ(count("blobs"), 2U);
  for (int i = 0; i < 256; ++i) registrations_.runTimers();  // a part of the folder each time
  EXPECT_EQ(count("blobs"), 1U);
  EXPECT_EQ(reads("alice", kept), "200");
}

TEST_F(Files, AnUploadThatIsRefusedTakesNoRoom) {
  auto call = asking("alice");
  call.headers = {{"tus-resumable", "1.0.0"}, {"upload-length", "100"}, {"upload-checksum", "crc32 AAAA"}};
  EXPECT_EQ(refusalOf([&] { tus("POST", call); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(world_.store->count("fileuploads", {}), 0);
  EXPECT_EQ(count("partial"), 0U);
}

TEST_F(Files, AnUploadSaysHowLongItMayRest) {
  auto call = asking("alice");
  call.headers = {{"tus-resumable", "1.0.0"}, {"upload-length", "100"}};
  auto created = tus("POST", call);
  call.params["uploadId"] = created["Location"].substr(created["Location"].rfind('/') + 1);
  call.headers = {
      {"tus-resumable", "1.0.0"}, {"upload-offset", "0"}, {"content-type", "application/offset+octet-stream"}};
  const auto end = [&] { return world_.store->findOne("fileuploads", {})->at("expiresAt"); };
  const auto first = end();
  world_.clock.advance(hour);
  HttpResponse head;
  registrations_.routes.at("HEAD /api/chat/files/tus/:uploadId")(
      call, [&](Result<HttpResponse> result) { head = std::move(result).value(); });
  EXPECT_EQ(headersOf(head)["Upload-Expires"], created["Upload-Expires"]);
  EXPECT_EQ(end(), first);
  EXPECT_NE(tus("PATCH", call, "some")["Upload-Expires"], created["Upload-Expires"]);
  const auto second = end();
  EXPECT_NE(second, first);
  world_.clock.advance(hour);
  call.headers["upload-offset"] = "4";
  auto broken = registrations_.streams.at("PATCH /api/chat/files/tus/:uploadId")(call, [](const auto&) {});
  broken->onData("more");
  broken->onBroken();
  EXPECT_NE(end(), second) << "what came of it counts";
}

TEST_F(Files, BegunUploadsExpire) {
  auto call = asking("alice");
  call.headers = {{"tus-resumable", "1.0.0"}, {"upload-length", "100"}};
  tus("POST", call);
  EXPECT_EQ(count("partial"), 1U);
  world_.clock.advance(23 * hour);
  registrations_.runTimers();
  EXPECT_EQ(count("partial"), 1U);
  plugin_.reset();
  start();
  EXPECT_EQ(count("partial"), 1U) << "a restart is no reason";
  world_.clock.advance(2 * hour);
  registrations_.runTimers();
  EXPECT_EQ(count("partial"), 0U);
  EXPECT_EQ(world_.store->count("fileuploads", {}), 0);
}

}  // namespace parley::chat::test
