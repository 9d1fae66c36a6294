// SPDX-License-Identifier: Apache-2.0
// The table of all settings of the server: what --print-config, the schema, the documentation and all checks come from.
#include "auth/algorithm.h"
#include "host/setting.h"

#include <utility>
#include <vector>

namespace parley::host {

namespace {

constexpr std::int64_t kibi = 1024;
constexpr std::int64_t mebi = 1024 * kibi;
constexpr std::int64_t gibi = 1024 * mebi;
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;

enum class Apply { Restart, Reload };

/// Adds rows of one group; a method per type keeps the rows below to what differs.
class Table {
 public:
  void group(std::string prefix) { prefix_ = std::move(prefix); }

  void flag(const char* name, bool fallback, Apply apply, const char* description) {
    add(name, Setting::Type::Flag, fallback, apply, description);
  }
  void integer(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max, const char* unit,
               Apply apply, const std::string& description) {
    auto& row = add(name, Setting::Type::Integer, fallback, apply, description);
    row.min = min;
    row.max = max;
    row.unit = unit;
  }
  Setting& text(const char* name, const char* fallback, Apply apply, const char* description) {
    return add(name, Setting::Type::Text, fallback, apply, description);
  }
  void choice(const char* name, std::vector<std::string> choices, Apply apply, const char* description) {
    add(name, Setting::Type::Text, Json(choices.front()), apply, description).choices = std::move(choices);
  }
  void secret(const char* name, Apply apply, const char* description) {
    text(name, "", apply, description).secret = true;
  }
  void list(const char* name, Apply apply, const char* description, JsonArray fallback = {}) {
    add(name, Setting::Type::List, std::move(fallback), apply, description);
  }

  std::vector<Setting> take() { return std::move(rows_); }

 private:
  Setting& add(const char* name, Setting::Type type, Json fallback, Apply apply, const std::string& description) {
    Setting row;
    row.key = prefix_ + "." + name;
    row.type = type;
    row.fallback = std::move(fallback);
    row.description = description;
    row.reloadable = apply == Apply::Reload;
    rows_.push_back(std::move(row));
    return rows_.back();
  }

  std::string prefix_;
  std::vector<Setting> rows_;
};

void serverRows(Table& t) {
  t.group("server");
  t.text("address", "127.0.0.1", Apply::Restart, "IPv4 or IPv6 address to listen on; `0.0.0.0` or `::` for all.");
  t.integer("port", 3000, 0, 65'535, "", Apply::Restart, "TCP port; 0 lets the system choose one.");
  t.integer("backlog", 1024, 1, 65'535, "", Apply::Restart,
            "Connections that the system keeps waiting to be accepted.");
  t.integer("loops", 0, 0, 256, "", Apply::Restart, "I/O threads; 0 for one per core.");
  t.integer("workers", 0, 0, 1024, "", Apply::Restart,
            "Threads that run handlers, which may wait for the store; 0 for four per core, at least 16. A quarter, at "
            "least one, is kept for clients that have joined; a single one has all wait for each other.");
  t.integer("maxQueuedTasks", 65'536, 1, 16'777'216, "", Apply::Restart,
            "Handler calls that may wait for a worker; beyond that callers get UNAVAILABLE.");
  t.integer("maxConnections", 100'000, 1, 10'000'000, "", Apply::Reload, "Open connections in all.");
  t.integer("maxConnectionsPerAddress", 10'000, 1, 10'000'000, "", Apply::Reload,
            "Open connections from one IP address; behind a proxy all clients have the proxy's, unless it speaks the "
            "PROXY protocol.");
  t.list("trustedProxies", Apply::Reload,
         "Networks (`10.0.0.0/8`, `2001:db8::/32`) of proxies: what they say in X-Forwarded-For and X-Forwarded-Proto "
         "of a client's address and scheme counts for limits, logs and traces.");
  t.flag("proxyProtocol", false, Apply::Reload,
         "Whether each connection begins with a PROXY header (HAProxy's protocol, version 1 or 2); then trusted "
         "proxies alone may connect.");
  t.integer("drainTimeout", 8'000, 0, 9'000, "ms", Apply::Restart,
            "How long running work may take to finish after SIGTERM; the process ends within 10 s in any case.");
  t.text("tls.certificate", "", Apply::Reload,
         "PEM file with the certificate and its chain; empty: no TLS. SIGHUP reads changed files; TLS is switched on "
         "or off by a restart.");
  t.text("tls.key", "", Apply::Reload, "PEM file with the private key.");
}

void httpRows(Table& t) {
  t.group("http");
  t.integer("maxTarget", 8 * kibi, 256, 1 * mebi, "bytes", Apply::Reload,
            "Path and query of a request; more is a 414.");
  t.integer("maxHead", 16 * kibi, 1 * kibi, 1 * mebi, "bytes", Apply::Reload,
            "Request line and header fields together; more is a 431.");
  t.integer("maxHeaders", 100, 8, 10'000, "", Apply::Reload, "Header fields of a request; more are a 431.");
  t.integer("maxBody", 1 * mebi, 1 * kibi, 1 * gibi, "bytes", Apply::Reload, "Request body; more is a 413.");
  t.integer("maxChunkExtensions", 1 * kibi, 0, 1 * mebi, "bytes", Apply::Reload,
            "Chunk extensions of a body together; more are a 400.");
  t.integer("maxTrailer", 4 * kibi, 0, 1 * mebi, "bytes", Apply::Reload, "Trailer of a chunked body; more is a 431.");
  t.integer("maxJsonDepth", 32, 1, 256, "", Apply::Restart,
            "Nested arrays and objects of a JSON body; more are a 400.");
  t.integer("idleTimeout", 75'000, 1'000, 1 * hour, "ms", Apply::Reload,
            "How long a kept-alive connection may be silent between requests.");
  t.integer("headTimeout", 10'000, 100, 10 * minute, "ms", Apply::Reload,
            "How long the head of a request may take to arrive; later is a 408.");
  t.integer("bodyTimeout", 60'000, 100, 1 * hour, "ms", Apply::Reload, "How long the body of a request may take.");
  t.integer("streamTimeout", 30'000, 100, 1 * hour, "ms", Apply::Reload,
            "How long `streamProgress` more bytes of a body that is taken as it comes (an upload) may take; later is a "
            "408.");
  t.integer("streamProgress", 4 * kibi, 1, 64 * mebi, "bytes", Apply::Reload,
            "How much of such a body counts as progress.");
  t.integer("bodyWindow", 256 * kibi, 4 * kibi, 64 * mebi, "bytes", Apply::Reload,
            "How much of such a body is read ahead of its processing; then the client has to wait.");
  t.integer("maxDiscard", 64 * kibi, 0, 64 * mebi, "bytes", Apply::Reload,
            "How much of such a body is read and thrown away after an early answer; beyond, the connection ends.");
  t.integer("writeTimeout", 30'000, 100, 1 * hour, "ms", Apply::Reload,
            "How long a client may take nothing of what is sent to it.");
  t.integer("lingerTimeout", 2'000, 0, 1 * minute, "ms", Apply::Reload,
            "How long the client's end of a closed connection is waited for, so that it gets all that was sent.");
  t.integer("inputBuffer", 64 * kibi, 4 * kibi, 64 * mebi, "bytes", Apply::Reload,
            "What is read from a connection before it is processed; beyond that reading rests.");
  t.integer("outputBuffer", 4 * mebi, 64 * kibi, 1 * gibi, "bytes", Apply::Reload,
            "What may wait to be written to one connection, and one piece for every 64 bytes of it; beyond that it is "
            "closed.");
  t.integer("streamBuffer", 128 * kibi, 4 * kibi, 64 * mebi, "bytes", Apply::Reload,
            "How much of a streamed response waits for a slow reader.");
  t.integer("gzip.threshold", 1 * kibi, 0, 1 * gibi, "bytes", Apply::Reload,
            "The smallest JSON response that is compressed; 0: none is.");
  t.integer("gzip.level", 5, 1, 9, "", Apply::Reload, "1 is fastest, 9 is smallest.");
  t.integer("gzip.maxOnLoop", 64 * kibi, 0, 64 * mebi, "bytes", Apply::Reload,
            "The largest response that an I/O thread compresses; larger ones it answers itself are sent as they are.");
  t.integer("strictTransport", 15'552'000, 0, 63'072'000, "s", Apply::Reload,
            "How long browsers that have come over TLS may come over nothing else (Strict-Transport-Security); 0: they "
            "are not told.");
  t.list(
      "cors.origins", Apply::Reload,
      "Origins (`https://chat.example.org`) whose pages may use the server; `*` for any. Empty: the same origin only.");
  t.flag("cors.credentials", false, Apply::Reload, "Whether pages of those origins may send cookies; never with `*`.");
  t.integer("cors.maxAge", 600, 0, 86'400, "s", Apply::Reload, "How long a browser may remember a preflight's answer.");
}

void realtimeRows(Table& t) {
  t.group("realtime");
  t.flag("polling", true, Apply::Restart, "Whether Engine.IO serves long-polling.");
  t.flag("webSocket", true, Apply::Restart, "Whether Engine.IO serves WebSocket.");
  t.integer("pingInterval", 25'000, 100, 10 * minute, "ms", Apply::Restart, "Heartbeat: time between pings.");
  t.integer("pingTimeout", 20'000, 100, 10 * minute, "ms", Apply::Restart,
            "Heartbeat: how long a client may take to answer a ping.");
  t.integer("connectTimeout", 45'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long a client may stay without entering a namespace.");
  t.integer("upgradeTimeout", 10'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long the change from polling to WebSocket may take.");
  t.integer("closeTimeout", 2'000, 100, 1 * minute, "ms", Apply::Restart,
            "How long the client's part in an orderly close is waited for.");
  t.integer("maxPayload", 1'000'000, 1 * kibi, 100 * mebi, "bytes", Apply::Restart,
            "The largest message or polling payload a client may send.");
  t.integer("maxPollPackets", 16, 1, 100'000, "", Apply::Restart,
            "Packets in the response to a poll; python-engineio takes no more than 16.");
  t.integer("maxSessions", 100'000, 1, 10'000'000, "", Apply::Restart,
            "Clients over Engine.IO, and as many over `/ws`; more get a 503.");
  t.integer("maxSocketsPerUser", 1'000, 0, 10'000'000, "", Apply::Restart,
            "Sockets that have joined as one user; one more is RATE_LIMITED. 0: no limit.");
  t.integer("maxRooms", 1'000, 0, 10'000'000, "", Apply::Restart,
            "Rooms, which plugins make, that one socket may be in; one more is RATE_LIMITED. 0: no limit.");
  t.integer("maxFragments", 1'024, 1, 1'000'000, "", Apply::Restart, "WebSocket frames of one message.");
  t.integer("maxQueuedBytes", 1 * mebi, 64 * kibi, 1 * gibi, "bytes", Apply::Restart,
            "What may wait for a client that does not read, and one event for every 64 bytes of it; beyond that it is "
            "disconnected.");
  t.integer("volatileQueuedBytes", 64 * kibi, 0, 1 * gibi, "bytes", Apply::Restart,
            "Volatile events (typing, presence) are dropped for a client for which more than this waits.");
  t.integer("maxNamespaces", 16, 1, 1'000, "", Apply::Restart, "Namespaces that one client may ask for.");
  t.integer("maxDepth", 32, 1, 256, "", Apply::Restart, "Nested arrays and objects of an event's arguments.");
  t.integer("maxAttachments", 10, 0, 1'000, "", Apply::Restart, "Binary attachments of one event.");
  t.integer("eventsPerSecond", 5'000, 0, 1'000'000, "events/s", Apply::Restart,
            "Events of any kind that one client may send in the long run; more are RATE_LIMITED. 0: no limit. See also "
            "`limits`.");
  t.integer("eventBurst", 10'000, 1, 1'000'000, "", Apply::Restart, "Events that one client may send at once.");
  t.integer("maxQueuedEvents", 256, 4, 100'000, "", Apply::Restart,
            "Events of one client that wait for a worker; more are UNAVAILABLE.");
  t.integer("maxAsks", 256, 1, 100'000, "", Apply::Restart,
            "Acknowledgements that plugins may be waiting for from one client.");
  t.integer("maxBeforeConnect", 256, 1, 100'000, "", Apply::Restart,
            "Events to a client that wait while its entry to a namespace is decided.");
  t.flag("recovery.enabled", true, Apply::Restart,
         "Whether a client that was cut off gets what it missed (Socket.IO connection state recovery).");
  t.integer("recovery.maxDisconnection", 2 * minute, 1'000, 24 * hour, "ms", Apply::Restart,
            "How long a client may be away and still be recovered.");
  t.integer("recovery.maxPackets", 200, 1, 1'000'000, "", Apply::Restart, "Packets kept per client for its recovery.");
  t.integer("recovery.maxBytes", 256 * kibi, 1 * kibi, 1 * gibi, "bytes", Apply::Restart,
            "Bytes kept per client for its recovery.");
  t.integer("recovery.maxDisconnected", 10'000, 0, 10'000'000, "", Apply::Restart,
            "Clients that are away and may come back, in all.");
  t.flag("plain.enabled", true, Apply::Restart, "Whether `/ws` serves clients without Socket.IO.");
  t.integer("plain.maxEarly", 64, 1, 100'000, "", Apply::Restart,
            "Frames that a client of `/ws` may send before it has been let in.");
}

/// The limits of a class of calls, a minute; `what` these are.
void limitRows(Table& t, const std::string& rateClass, const std::string& what, std::int64_t perUser,
               std::int64_t perAddress, std::int64_t burst, std::int64_t atOnce = 0) {
  constexpr std::int64_t most = 1'000'000'000;
  t.group("limits." + rateClass);
  t.integer("perUser", perUser, 0, most, "calls/min", Apply::Reload,
            what + ": events and requests of one user; more are RATE_LIMITED. 0: no limit.");
  t.integer("perAddress", perAddress, 0, most, "calls/min", Apply::Reload,
            what + ": of one IPv4 address, or IPv6 /64. 0: no limit.");
  t.integer("burst", burst, 1, 3'600, "s", Apply::Reload, what + ": the calls of how many seconds may come at once.");
  t.integer("atOnce", atOnce, 0, 1'000'000, "", Apply::Reload,
            what + ": requests of one user that may run at the same time; more are RATE_LIMITED. 0: no limit.");
}

void allLimitRows(Table& t) {
  limitRows(t, "message", "Sending and forwarding", 60'000, 600'000, 10);
  limitRows(t, "read", "History, lists, what was missed, marks of reading", 60'000, 600'000, 10);
  limitRows(t, "search", "Searches", 3'000, 30'000, 10, 8);
  limitRows(t, "upload", "Uploads and their pieces", 6'000, 60'000, 10, 16);
  limitRows(t, "auth", "Logins, and tokens that do not count", 600, 600, 60);
  limitRows(t, "default", "All else", 60'000, 600'000, 10);
  t.group("limits");
  t.list("exempt", Apply::Reload,
         "Networks (`10.0.0.0/8`, `2001:db8::/32`) of back ends, whose addresses are not limited.",
         {"127.0.0.0/8", "::1"});
  t.integer("maxTracked", 100'000, 1'000, 10'000'000, "", Apply::Reload,
            "Users, and addresses, of each class whose calls are remembered; about 100 bytes each.");
}

void authRows(Table& t) {
  t.group("auth");
  t.choice(
      "mode", {"open", "jwt"}, Apply::Restart,
      "`open` believes the ids in requests: for a trusted back end or a first try. `jwt` asks everybody for a token.");
  t.flag("allowOpenOnNetwork", false, Apply::Restart,
         "Lets `open` mode listen on an address that other machines can reach.");
  t.flag(
      "ownTokens", false, Apply::Restart,
      "Whether `jwt` mode also takes tokens that the server signs itself, for its own accounts. The key is made at the "
      "first start and kept in the store; `auth.jwt` need not name another then.");
  t.choice("jwt.algorithm", auth::algorithmNames(), Apply::Reload,
           "How tokens are signed; those signed in another way are refused.");
  t.secret("jwt.secret", Apply::Reload, "The shared key of HS256, HS384 or HS512: at least 32, 48 or 64 random bytes.");
  t.text(
      "jwt.keyFile", "", Apply::Reload,
      "PEM file with one or more public keys or certificates, for the other algorithms. SIGHUP reads a changed file.");
  t.text("jwt.jwksFile", "", Apply::Reload, "JSON file with a JWK Set instead. SIGHUP reads a changed file.");
  t.text(
      "jwt.jwksUrl", "", Apply::Reload,
      "`https://` URL of a JWK Set instead; `http://` on this machine alone. A token with a key that is not known has "
      "it fetched anew.");
  t.text("oidc.issuer", "", Apply::Reload,
         "`https://` URL of an OpenID Connect provider instead, `http://` on this machine alone: it tells itself where "
         "its "
         "keys are. Its tokens must have it as `iss`, and `auth.jwt.audience` as `aud`.");
  t.text("jwt.caFile", "", Apply::Reload,
         "PEM file with the authorities that certify the host of `jwksUrl` or `oidc.issuer`; empty: the system's.");
  t.text("jwt.issuer", "", Apply::Reload, "What `iss` of a token must be; empty: anything.");
  t.text("jwt.audience", "", Apply::Reload,
         "What `aud` of a token must be or have in it; empty: a token that has an `aud` is refused.");
  t.text("jwt.roleClaim", "role", Apply::Reload,
         "The claim that holds the user's role, a text or a list of texts (`admin` where it is in it, else the first); "
         "without it the role is `user`.");
  t.text("jwt.serviceClaim", "service", Apply::Reload,
         "The claim that is true in the token of a back end, which may act for anyone.");
  t.integer("jwt.clockSkew", 30'000, 0, 10 * minute, "ms", Apply::Reload,
            "How far the clock of who makes the tokens may differ: they count so much longer, and sooner.");
  t.integer("jwt.maxTokenBytes", 8 * kibi, 256, 64 * kibi, "bytes", Apply::Reload, "A longer token is refused.");
  t.integer("jwt.refreshInterval", 30'000, 100, 1 * hour, "ms", Apply::Reload,
            "The least time from one fetch of `jwksUrl` to the next.");
  t.integer(
      "jwt.maxKeyAge", 10 * minute, 1'000, 24 * hour, "ms", Apply::Reload,
      "After that the keys from `jwksUrl` are fetched anew, so that one that was taken back ends. While that fails, "
      "the old ones count.");
  t.integer("jwt.fetchTimeout", 5'000, 100, 1 * minute, "ms", Apply::Reload, "How long a fetch of `jwksUrl` may take.");
  t.integer("jwt.maxKeySetBytes", 256 * kibi, 1 * kibi, 16 * mebi, "bytes", Apply::Reload,
            "The largest key file or JWK Set.");
  t.integer("jwt.maxWaiting", 1'000, 0, 1'000'000, "", Apply::Reload,
            "Tokens that may wait for a fetch of the keys; more are refused.");
}

void storageRows(Table& t) {
  t.group("storage");
  t.choice("driver", {"sqlite", "mongodb"}, Apply::Restart,
           "`sqlite` is embedded; `mongodb` is a server, a replica set or shards elsewhere.");
  t.text("sqlite.path", "./data/parley.db", Apply::Restart,
         "The database file; its folder is made when it is missing. One server per file.");
  t.integer("sqlite.maxQueuedWrites", 10'000, 1, 10'000'000, "", Apply::Restart,
            "Writes that wait for a commit; more are UNAVAILABLE.");
  t.integer("sqlite.maxBatch", 512, 1, 100'000, "", Apply::Restart, "Writes that share one commit.");
  t.integer("sqlite.readers", 4, 1, 256, "", Apply::Restart, "Reads that run at the same time.");
  t.integer("sqlite.readerWait", 5'000, 1, 10 * minute, "ms", Apply::Restart, "How long a read waits for its turn.");
  t.integer("sqlite.busyTimeout", 5'000, 0, 10 * minute, "ms", Apply::Restart,
            "How long to wait for another program that uses the file.");
  t.integer("sqlite.cacheBytes", 64 * mebi, 1 * mebi, 1024 * gibi, "bytes", Apply::Restart,
            "Page cache of all connections together.");
  t.integer("sqlite.maxDocumentBytes", 16 * mebi, 64 * kibi, 256 * mebi, "bytes", Apply::Restart,
            "A document as JSON text; a larger one is PAYLOAD_TOO_LARGE.");
  t.integer("sqlite.checkpointBytes", 16 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Restart,
            "How much of the write-ahead log is moved into the database at a time.");
  t.integer("sqlite.maxCachedStatements", 256, 1, 100'000, "", Apply::Restart,
            "Compiled statements that each connection keeps.");
  t.integer("sqlite.slowCommand", 200, 1, 1 * hour, "ms", Apply::Restart,
            "A read or a commit that takes longer is logged, a read with its collection.");
  t.secret(
      "mongodb.uri", Apply::Restart,
      "Connection string, `mongodb://…` or `mongodb+srv://…`. Its options for TLS, authentication, replica sets and "
      "read preference hold, and go before the settings below. Without `w` a write is acknowledged when a majority "
      "has it in its journal.");
  t.text("mongodb.database", "", Apply::Restart, "Empty: the one that the connection string names, else `parley`.");
  t.integer(
      "mongodb.connections", 0, 0, 10'000, "", Apply::Restart,
      "Operations that run at the same time; more wait. 0: three quarters of the workers, and the writers, so that a "
      "database that does not answer leaves workers to those who need none.");
  t.integer("mongodb.connectionWait", 2'000, 1, 10 * minute, "ms", Apply::Restart,
            "How long an operation waits for a connection while none gets free; then all who wait are UNAVAILABLE.");
  t.integer("mongodb.writers", 2, 1, 64, "", Apply::Restart,
            "Threads that carry out queued writes, each for collections that no other writes to meanwhile.");
  t.integer("mongodb.maxQueuedWrites", 10'000, 1, 10'000'000, "", Apply::Restart,
            "Writes that wait for their turn; more are UNAVAILABLE.");
  t.integer("mongodb.maxBatch", 1'000, 1, 100'000, "", Apply::Restart, "Writes that go out together.");
  t.integer("mongodb.queueWait", 5'000, 1, 10 * minute, "ms", Apply::Restart,
            "A write that has waited longer is UNAVAILABLE.");
  t.integer("mongodb.serverSelectionTimeout", 5'000, 1, 10 * minute, "ms", Apply::Restart,
            "How long to look for a server that can take an operation, such as a new primary.");
  t.integer("mongodb.connectTimeout", 5'000, 1, 10 * minute, "ms", Apply::Restart, "For a new connection.");
  t.integer("mongodb.socketTimeout", 10'000, 1, 10 * minute, "ms", Apply::Restart,
            "For the answer to one command, and for a write to reach as many servers as it must.");
  t.integer("mongodb.slowCommand", 200, 1, 1 * hour, "ms", Apply::Restart,
            "A command that takes longer is logged with its collection, without its values.");
  t.integer(
      "mongodb.leaseTime", 15'000, 0, 10 * minute, "ms", Apply::Restart,
      "How long a server that has this database must not have been heard of until another one may take it. A second "
      "one does not start meanwhile. 0: nobody is kept out, and two at once number messages against each other.");
}

void chatRows(Table& t) {
  t.group("chat");
  t.integer("maxContent", 16 * kibi, 1, 1 * mebi, "bytes", Apply::Restart, "The `content` of one message.");
  t.integer("maxWaitingMessages", 1'024, 1, 1'000'000, "", Apply::Restart,
            "Messages of one session that wait to be stored; more are UNAVAILABLE.");
  t.integer("maxBatch", 256, 1, 10'000, "", Apply::Restart, "Messages of one session that are stored in one step.");
  t.integer("idleMailboxes", 4'096, 1, 10'000'000, "", Apply::Restart,
            "Sessions whose newest number stays in memory while nobody writes.");
  t.integer("cachedSessions", 16'384, 1, 10'000'000, "", Apply::Restart, "Sessions whose participants are remembered.");
  t.integer("cachedMembers", 500'000, 2, 100'000'000, "", Apply::Restart,
            "Participants of all these sessions together that are remembered; about 100 bytes each.");
  t.integer("shownParticipants", 200, 1, 100'000, "", Apply::Restart,
            "Participants that the session object of a group lists; its `memberCount` tells how many there are.");
  t.integer("maxWaitingChanges", 1'024, 1, 1'000'000, "", Apply::Restart,
            "Changes of sessions that wait to be told; more are UNAVAILABLE.");
  t.integer("maxPendingMarks", 100'000, 1, 100'000'000, "", Apply::Restart,
            "Marks that wait to be stored: of delivery, more are dropped; of reading, more are UNAVAILABLE.");
  t.integer("maxReadRanges", 100, 1, 10'000, "", Apply::Restart,
            "Ranges that a user has read out of order in one session; with more, the oldest gap counts as read.");
  t.integer("readByMembers", 100, 0, 1'000, "", Apply::Restart,
            "In groups of more members, `readBy` of messages is not listed; unread counts stay exact.");
  t.integer("deliveredMembers", 100, 0, 100'000, "", Apply::Restart,
            "In groups of more members, the sender is not told to whom a message was delivered.");
  t.integer("sendTimeout", 15'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long a plugin that sends a message and waits for it may wait.");
}

void pluginRows(Table& t) {
  t.group("plugins");
  t.text("directory", "", Apply::Restart,
         "Where plugins are loaded from. Empty: the `plugins` folder that belongs to the executable.");
  t.integer("maxLibraryBytes", 256 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Restart,
            "A larger file is not loaded.");
  t.integer("disableTimeout", 5'000, 0, 10 * minute, "ms", Apply::Restart,
            "How long running calls of a plugin that is switched off may take to end.");
  t.integer("slowCall", 1'000, 1, 1 * hour, "ms", Apply::Restart, "A call into a plugin that takes longer is logged.");
  t.integer("failuresInARow", 20, 0, 1'000'000, "", Apply::Restart,
            "So many failing calls one after another switch a plugin off; 0: never.");
  t.integer("failuresPerMinute", 100, 0, 1'000'000, "", Apply::Restart,
            "So many failing calls within a minute do, too; 0: never.");
}

void otherRows(Table& t) {
  t.group("log");
  t.choice("level", {"info", "trace", "debug", "warn", "error", "off"}, Apply::Reload,
           "The least level that is logged.");
  t.choice("format", {"text", "json"}, Apply::Reload, "`json`: one object a line.");
  t.text("file", "", Apply::Reload, "Log file; SIGHUP opens it anew. Empty: standard output.");
  t.integer("maxSize", 64 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Reload, "A larger log file is rotated.");
  t.integer("maxFiles", 5, 1, 1'000, "", Apply::Reload, "Rotated log files to keep.");
  t.group("metrics");
  t.flag("enabled", true, Apply::Restart,
         "Whether `/metrics` tells Prometheus what the server does. It names plugins and counts, no users.");
  t.flag("public", false, Apply::Restart,
         "Whether `jwt` mode lets anybody read `/metrics`; else it needs the token of an admin or a service.");
  t.group("i18n");
  t.text(
      "locale", "zh-CN", Apply::Restart,
      "Language of failure messages for clients that ask for none that there is: zh-CN, en, or one of `i18n.texts`.");
  t.text("texts", "", Apply::Reload,
         "JSON file with texts that add a language or replace texts: `{\"en\": {\"FORBIDDEN\": \"…\"}}`; see "
         "sdk/README.md. "
         "SIGHUP reads a changed file.");
}

}  // namespace

std::vector<Setting> coreSettings() {
  Table table;
  serverRows(table);
  httpRows(table);
  realtimeRows(table);
  allLimitRows(table);
  authRows(table);
  storageRows(table);
  chatRows(table);
  pluginRows(table);
  otherRows(table);
  return table.take();
}

}  // namespace parley::host
