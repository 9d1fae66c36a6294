// SPDX-License-Identifier: Apache-2.0
#include "host/rehearsal.h"

#include "host/apart.h"
#include "host/load_settings.h"
#include "host/rehearsal_client.h"
#include "host/server.h"
#include "storage/observed_store.h"

#include <parley/error.h>

#include <Poco/Exception.h>
#include <Poco/File.h>
#include <Poco/TemporaryFile.h>

#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace parley::host {

namespace {

/// Collects one query of each shape, and what is defined. [any thread]
class Collector {
 public:
  void define(const CollectionSpec& spec) {
    const std::lock_guard lock(mutex_);
    specs_.insert_or_assign(spec.name, spec);
  }
  std::vector<CollectionSpec> collections() {
    const std::lock_guard lock(mutex_);
    std::vector<CollectionSpec> all;
    for (const auto& [name, spec] : specs_) all.push_back(spec);
    return all;
  }
  void add(storage::Query query) {
    const std::lock_guard lock(mutex_);
    if (shapes_.insert(shapeOf(query)).second) queries_.push_back(std::move(query));
  }
  std::vector<storage::Query> take() {
    const std::lock_guard lock(mutex_);
    shapes_.clear();
    return std::exchange(queries_, {});
  }

 private:
  std::mutex mutex_;
  std::map<std::string, CollectionSpec> specs_;
  std::set<std::string> shapes_;
  std::vector<storage::Query> queries_;
};

std::string refusalOf(const Json& answer) {
  const auto* object = answer.if_object();
  if (object == nullptr) return {};
  const auto* success = object->if_contains("success");
  if (success == nullptr || !success->is_bool() || success->get_bool()) return {};
  return std::string(textOf(*object, "code"));
}

/// The text at a path of object members.
std::string textAt(const Json& answer, std::initializer_list<const char*> path) {
  const auto* at = &answer;
  for (const auto* name : path) {
    const auto* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(name);
    if (at == nullptr) return {};
  }
  return at->is_string() ? std::string(at->get_string()) : std::string();
}

/// A chat of two, and a group that a third is in too.
struct Scene {
  std::string session;
  std::string message;
  std::string group;
  std::string groupMessage;
  std::string file;
};

JsonObject messageOf(const char* clientId) {
  return {{"senderId", "ann"},
          {"receiverId", "ben"},
          {"content", "hello"},
          {"messageType", "text"},
          {"clientMessageId", clientId}};
}

std::string textOfBody(const JsonObject& object) {
  return boost::json::serialize(object);
}

void join(RehearsalClient& client) {
  client.event("user:join", {{"id", "ann"}, {"username", "Ann"}});
}

Scene makeScene(RehearsalClient& client) {
  const auto post = [&](const std::string& path, const JsonObject& body) {
    return client.request("POST", path, textOfBody(body));
  };
  Scene scene;
  join(client);
  const auto first = post("/api/chat/messages", messageOf("first"));
  scene.message = textAt(first, {"data", "_id"});
  scene.session = textAt(first, {"data", "sessionId"});
  post("/api/chat/messages", messageOf("second"));
  const auto group = post("/api/chat/sessions/group",
                          {{"sessionName", "all"}, {"creatorId", "ann"}, {"participants", JsonArray{"ben", "cleo"}}});
  scene.group = textAt(group, {"data", "_id"});
  const auto told =
      post("/api/chat/messages",
           {{"sessionId", scene.group}, {"senderId", "ben"}, {"content", "hello"}, {"messageType", "text"}});
  scene.groupMessage = textAt(told, {"data", "_id"});
  const std::string file =
      "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nsome text\r\n--part--\r\n";
  const auto stored = client.request("POST", "/api/chat/files?userId=ann", file, "multipart/form-data; boundary=part");
  scene.file = textAt(stored, {"data", "fileId"});
  return scene;
}

class Play {
 public:
  Play(RehearsalClient& client, Collector& collector, Rehearsal& rehearsal)
      : client_(client), collector_(collector), rehearsal_(rehearsal) {}

  void act(const Scene& scene) {
    const std::string messages = "/api/chat/messages/";
    const std::string sessions = "/api/chat/sessions/";
    const auto history = messages + scene.group + "?userId=ann&limit=2";
    const JsonObject asBen{{"userId", "ben"}};
    event("a user joins", "user:join", {{"id", "ann"}, {"username", "Ann"}});
    rest("sessions of a user", "GET", sessions + "ann?limit=20");
    rest("history, newest page", "GET", history);
    rest("history, a page further back", "GET", history + "&page=2");
    rest("history, by cursor", "GET", history + "&beforeSeq=2");
    rest("history, by range of numbers", "GET", history + "&afterSeq=0");
    event("what was missed", "sync", {{"sessions", {{scene.session, 0}}}});
    rest("unread counts", "GET", messages + "unread/ben");
    rest("a message is sent", "POST", "/api/chat/messages", messageOf("third"));
    rest("a message is sent again (clientMessageId)", "POST", "/api/chat/messages", messageOf("first"));
    rest("a message into a group", "POST", "/api/chat/messages",
         {{"sessionId", scene.group}, {"senderId", "ben"}, {"content", "hello"}, {"messageType", "text"}});
    rest("a message is read (by its id)", "PUT", messages + scene.message + "/read", asBen);
    event("a session is read", "session:read", {{"sessionId", scene.session}, {"userId", "ann"}});
    rest("a message is forwarded", "POST", messages + scene.groupMessage + "/forward",
         {{"userId", "ben"}, {"targets", JsonArray{JsonObject{{"receiverId", "ann"}}}}});
    rest("a message is recalled", "PUT", messages + scene.groupMessage + "/recall", asBen);
    rest("a message is deleted", "DELETE", messages + scene.message, {{"userId", "ann"}});
    rest("search in one session", "GET", messages + "search?userId=ann&keyword=hello&sessionId=" + scene.group);
    rest("search everywhere", "GET", messages + "search?userId=ann&keyword=hello");
    rest("a private session is opened", "POST", sessions + "private", {{"userId1", "ben"}, {"userId2", "cleo"}});
    rest("a group with its members", "GET", sessions + "group/" + scene.group + "?userId=ann");
    rest("a member is added", "POST", sessions + "group/" + scene.group + "/members",
         {{"userId", "ann"}, {"userIds", JsonArray{"dan"}}});
    rest("a member is muted", "PUT", sessions + "group/" + scene.group + "/members/dan",
         {{"operatorId", "ann"}, {"mutedUntil", nullptr}});
    rest("a member is removed", "DELETE", sessions + "group/" + scene.group + "/members/dan?operatorId=ann");
    rest("a page of users", "GET", "/api/chat/users?limit=20");
    rest("who is online", "GET", "/api/chat/users/online");
    rest("statistics of a user", "GET", "/api/chat/stats/ann?days=7");
    rest("a file is looked up", "GET", "/api/chat/files/" + scene.file + "/info?userId=ann");
    rest("what is held about a user", "GET", "/api/chat/users/ann/data");
    rest("a user is erased", "DELETE", "/api/admin/users/ann");
  }

 private:
  void rest(const char* name, const char* method, const std::string& path, const JsonObject& body = {}) {
    note(name, client_.request(method, path, body.empty() ? std::string() : textOfBody(body)));
  }
  void event(const char* name, const char* event, const Json& data) { note(name, client_.event(event, data)); }
  void note(const char* name, const Json& answer) {
    rehearsal_.steps.push_back({name, collector_.take(), refusalOf(answer)});
  }

  RehearsalClient& client_;
  Collector& collector_;
  Rehearsal& rehearsal_;
};

/// Settings under which the client gets in.
Sources toBeRehearsed(Sources sources, const std::string& folder) {
  sources = apart(std::move(sources), folder);
  const auto set = [&](const char* key, const char* value) { sources.overrides.emplace_back(key, value); };
  set("server.proxyProtocol", "false");
  set("limits.exempt", "127.0.0.0/8");
  set("realtime.plain.enabled", "true");
  set("metrics.enabled", "false");
  return sources;
}

template <typename Act>
void onServer(const Settings& settings, const StoreOpener& openStore, const Act& act) {
  Server server(settings, {}, openStore);
  server.start();
  RehearsalClient client(server.url());
  act(client);
}

}  // namespace

Rehearsal rehearse(Sources sources) {
  const Poco::TemporaryFile folder;
  Poco::File(folder).createDirectory();
  const auto settings = loadSettings(toBeRehearsed(std::move(sources), folder.path()));
  Rehearsal rehearsal;
  Collector collector;
  const auto observed = [&](const storage::StorageOptions& options) {
    return std::make_unique<storage::ObservedStore>(
        storage::openStore(options), [&collector](storage::Query query) { collector.add(std::move(query)); },
        [&collector](const CollectionSpec& spec) { collector.define(spec); });
  };
  try {
    Scene scene;
    onServer(settings, storage::openStore, [&](RehearsalClient& client) { scene = makeScene(client); });
    // Another server, which remembers nothing of it.
    onServer(settings, observed, [&](RehearsalClient& client) {
      rehearsal.steps.push_back({"the server starts", collector.take(), {}});
      Play(client, collector, rehearsal).act(scene);
    });
    rehearsal.steps.push_back({"what is done beside it", collector.take(), {}});
    rehearsal.collections = collector.collections();
  } catch (const Poco::Exception& error) {
    throw Error(ErrorCode::Internal, "the rehearsal was cut off: " + error.displayText());
  }
  return rehearsal;
}

}  // namespace parley::host
