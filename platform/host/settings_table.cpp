// SPDX-License-Identifier: Apache-2.0
// The table of all settings of the server: what --print-config, the schema, the documentation and all checks come from.
#include "host/setting.h"

#include <initializer_list>
#include <utility>

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
               Apply apply, const char* description) {
    auto& row = add(name, Setting::Type::Integer, fallback, apply, description);
    row.min = min;
    row.max = max;
    row.unit = unit;
  }
  Setting& text(const char* name, const char* fallback, Apply apply, const char* description) {
    return add(name, Setting::Type::Text, fallback, apply, description);
  }
  void choice(const char* name, std::initializer_list<std::string> choices, Apply apply, const char* description) {
    add(name, Setting::Type::Text, Json(*choices.begin()), apply, description).choices = choices;
  }
  void secret(const char* name, Apply apply, const char* description) {
    text(name, "", apply, description).secret = true;
  }
  void list(const char* name, Apply apply, const char* description) {
    add(name, Setting::Type::List, JsonArray{}, apply, description);
  }

  std::vector<Setting> take() { return std::move(rows_); }

 private:
  Setting& add(const char* name, Setting::Type type, Json fallback, Apply apply, const char* description) {
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
  t.integer("loops", 0, 0, 256, "", Apply::Restart, "I/O threads; 0 for one per core.");
  t.integer("workers", 0, 0, 1024, "", Apply::Restart,
            "Threads that run handlers, which may wait for the store; 0 for four per core, at least 8.");
  t.integer("maxQueuedTasks", 65'536, 1, 16'777'216, "", Apply::Restart,
            "Handler calls that may wait for a worker; beyond that callers get UNAVAILABLE.");
  t.integer("backlog", 1024, 1, 65'535, "", Apply::Restart,
            "Connections that the system keeps waiting to be accepted.");
  t.integer("maxConnections", 100'000, 1, 10'000'000, "", Apply::Restart, "Open connections in all.");
  t.integer("maxConnectionsPerAddress", 10'000, 1, 10'000'000, "", Apply::Restart,
            "Open connections from one IP address.");
  t.integer("drainTimeout", 8'000, 0, 9'000, "ms", Apply::Restart,
            "How long running work may take to finish after SIGTERM; the process ends within 10 s in any case.");
  t.text("tls.certificate", "", Apply::Reload, "PEM file with the certificate and its chain; empty: no TLS.");
  t.text("tls.key", "", Apply::Reload, "PEM file with the private key.");
}

void httpRows(Table& t) {
  t.group("http");
  t.integer("maxHead", 16 * kibi, 1 * kibi, 1 * mebi, "bytes", Apply::Restart,
            "Request line and header fields together; more is a 431.");
  t.integer("maxBody", 1 * mebi, 1 * kibi, 1 * gibi, "bytes", Apply::Restart, "Request body; more is a 413.");
  t.integer("idleTimeout", 65'000, 1'000, 1 * hour, "ms", Apply::Restart,
            "How long a kept-alive connection may be silent between requests.");
  t.integer("headTimeout", 10'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long the head of a request may take to arrive; later is a 408.");
  t.integer("bodyTimeout", 30'000, 100, 1 * hour, "ms", Apply::Restart, "How long the body of a request may take.");
  t.integer("writeTimeout", 30'000, 100, 1 * hour, "ms", Apply::Restart,
            "How long a client may take nothing of what is sent to it.");
  t.list(
      "cors.origins", Apply::Reload,
      "Origins (`https://chat.example.org`) whose pages may use the server; `*` for any. Empty: the same origin only.");
}

void realtimeRows(Table& t) {
  t.group("realtime");
  t.integer("pingInterval", 25'000, 100, 10 * minute, "ms", Apply::Restart, "Engine.IO heartbeat: time between pings.");
  t.integer("pingTimeout", 20'000, 100, 10 * minute, "ms", Apply::Restart,
            "Engine.IO heartbeat: how long a client may take to answer a ping.");
  t.integer("maxPayload", 1'000'000, 1 * kibi, 100 * mebi, "bytes", Apply::Restart,
            "The largest message or polling payload a client may send.");
  t.integer("connectTimeout", 45'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long a connection may stay without entering a namespace.");
  t.integer("upgradeTimeout", 10'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long the change from polling to WebSocket may take.");
  t.integer("maxQueuedBytes", 4 * mebi, 64 * kibi, 1 * gibi, "bytes", Apply::Restart,
            "What may wait for a client that does not read; beyond that it is disconnected.");
  t.integer("eventsPerSecond", 200, 1, 1'000'000, "events/s", Apply::Restart,
            "Events that one client may send, on average; more are RATE_LIMITED.");
  t.flag("recovery.enabled", true, Apply::Restart,
         "Whether a client that was cut off gets what it missed (Socket.IO connection state recovery).");
  t.integer("recovery.maxDisconnection", 2 * minute, 1'000, 24 * hour, "ms", Apply::Restart,
            "How long a client may be away and still be recovered.");
  t.integer("recovery.maxPackets", 1'000, 1, 1'000'000, "", Apply::Restart,
            "Packets kept per client for its recovery.");
  t.flag("plain.enabled", true, Apply::Restart, "Whether `/ws` serves clients without Socket.IO.");
}

void authRows(Table& t) {
  t.group("auth");
  t.choice("mode", {"open", "jwt"}, Apply::Restart,
           "`open` believes the ids in requests: for a trusted back end or a first try. `jwt` asks for a token "
           "(not in this version: the start ends with a message).");
  t.flag("allowOpenOnNetwork", false, Apply::Restart,
         "Lets `open` mode listen on an address that other machines can reach.");
  t.choice("jwt.algorithm", {"HS256", "RS256", "ES256"}, Apply::Restart, "How tokens are signed.");
  t.secret("jwt.secret", Apply::Restart, "The shared key of HS256.");
  t.text("jwt.keyFile", "", Apply::Restart, "PEM file with the public key of RS256 or ES256.");
}

void storageRows(Table& t) {
  t.group("storage");
  t.choice(
      "driver", {"sqlite", "mongodb"}, Apply::Restart,
      "`sqlite` is embedded; `mongodb` is for several nodes (not in this version: the start ends with a message).");
  t.text("sqlite.path", "./data/parley.db", Apply::Restart,
         "The database file; its folder is made when it is missing. One server per file.");
  t.secret("mongodb.uri", Apply::Restart, "Connection string, `mongodb://…`.");
}

void otherRows(Table& t) {
  t.group("chat");
  t.integer("maxContent", 16 * kibi, 1, 1 * mebi, "bytes", Apply::Restart, "The `content` of one message.");
  t.group("plugins");
  t.text("directory", "", Apply::Restart,
         "Where plugins are loaded from. Empty: the `plugins` folder that belongs to the executable.");
  t.group("log");
  t.choice("level", {"info", "trace", "debug", "warn", "error", "off"}, Apply::Reload,
           "The least level that is logged.");
  t.choice("format", {"text", "json"}, Apply::Reload, "`json`: one object a line.");
  t.text("file", "", Apply::Reload, "Log file; SIGHUP opens it anew. Empty: standard output.");
  t.integer("maxSize", 64 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Reload, "A larger log file is rotated.");
  t.integer("maxFiles", 5, 1, 1'000, "", Apply::Reload, "Rotated log files to keep.");
  t.group("i18n");
  t.choice("locale", {"zh-CN", "en"}, Apply::Restart, "Language of messages for clients that ask for none we have.");
}

}  // namespace

std::vector<Setting> coreSettings() {
  Table table;
  serverRows(table);
  httpRows(table);
  realtimeRows(table);
  authRows(table);
  storageRows(table);
  otherRows(table);
  return table.take();
}

}  // namespace parley::host
