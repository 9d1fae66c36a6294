// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/access.h>
#include <parley/chat.h>
#include <parley/error.h>
#include <parley/event.h>
#include <parley/hooks.h>
#include <parley/http.h>
#include <parley/json.h>
#include <parley/socket.h>
#include <parley/store.h>
#include <parley/time.h>
#include <parley/tokens.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace parley {

/// A plugin's own settings, `plugins.<name>.*`, checked against its config.json before it starts. Throws INTERNAL for a
/// key that config.json does not name, and for a value of another type than is asked for. [any thread]
class Config {
 public:
  virtual ~Config() = default;
  /// The value under a dotted key, its default from config.json when the admin set none. A copy: keep it while you look
  /// into it.
  virtual Json get(std::string_view key) const = 0;
  std::int64_t integer(std::string_view key) const {
    boost::system::error_code error;
    const auto value = get(key);
    const auto number = value.is_number() ? value.to_number<std::int64_t>(error) : std::int64_t{0};
    if (!value.is_number() || error) refuse(key, "an integer");
    return number;
  }
  bool flag(std::string_view key) const {
    const auto value = get(key);
    if (!value.is_bool()) refuse(key, "true or false");
    return value.get_bool();
  }
  std::string text(std::string_view key) const { return textIn(get(key), key, "a text"); }
  /// Of an array.
  std::vector<std::string> texts(std::string_view key) const {
    const auto value = get(key);
    if (!value.is_array()) refuse(key, "a list of texts");
    std::vector<std::string> list;
    for (const auto& item : value.get_array()) list.push_back(textIn(item, key, "a list of texts"));
    return list;
  }

 private:
  static std::string textIn(const Json& value, std::string_view key, const char* type) {
    if (!value.is_string()) refuse(key, type);
    return std::string(value.get_string());
  }
  [[noreturn]] static void refuse(std::string_view key, const char* type) {
    throw Error(ErrorCode::Internal, "setting " + std::string(key) + " is not " + type);
  }
};

/// Writes to the server's log, under the plugin's name. Never put tokens, passwords or message text in it. [any thread]
class Log {
 public:
  virtual ~Log() = default;
  virtual void debug(std::string_view text) = 0;
  virtual void info(std::string_view text) = 0;
  virtual void warn(std::string_view text) = 0;
  virtual void error(std::string_view text) = 0;
};

/// A figure in /metrics, named `parley_<plugin>_<name>`: a counter when the name ends in `_total`, else a gauge. [any
/// thread]
class Metric {
 public:
  virtual ~Metric() = default;
  virtual void add(double by = 1) = 0;
  virtual void set(double value) = 0;
};

/// A part of what a plugin holds about a user; see Scope::dataSubject.
struct DataPage {
  JsonArray items;
  std::string next = {};  ///< where the next page begins, in the plugin's own words; empty: this is the last
};

/// A namespace of the plugin's own; see Scope::nameSpace. Registrations belong to the same scope.
class Namespace {
 public:
  virtual ~Namespace() = default;
  virtual Namespace& onConnect(ConnectHandler handler) = 0;
  virtual Namespace& onDisconnect(DisconnectHandler handler) = 0;
  virtual Namespace& event(const std::string& name, Access access, EventHandler handler) = 0;
  /// Every event that has no handler of its own.
  virtual Namespace& anyEvent(Access access, EventHandler handler) = 0;
};

/// All that a plugin may do with the host. What it registers here is recorded, and undone in reverse when it is
/// switched off. Registering happens in Plugin::setup; the services may be used from setup's end until `stop` returns.
/// The scope outlives the plugin object.
class Scope {
 public:
  virtual ~Scope() = default;

  // ---- registrations [setup] ----

  /// An event of the standard namespace "/", for Socket.IO and /ws clients alike. CONFLICT when another plugin has it.
  virtual void event(const std::string& name, Access access, EventHandler handler) = 0;
  virtual void deferredEvent(const std::string& name, Access access, DeferredEventHandler handler,
                             NextEvents next = NextEvents::Handled) = 0;

  /// A Socket.IO namespace of the plugin's own ("/telemetry"). The reference is valid during setup.
  virtual Namespace& nameSpace(const std::string& name) = 0;

  /// `pattern` has literal and `:name` segments; a literal beats a parameter, whatever the order of registration.
  virtual void route(const std::string& method, const std::string& pattern, Access access, RouteHandler handler) = 0;
  virtual void deferredRoute(const std::string& method, const std::string& pattern, Access access,
                             DeferredRouteHandler handler) = 0;
  /// A route that takes the body of its request piece by piece, of any size; the body is no part of the HttpCall then,
  /// and Access finds no fields in it.
  virtual void streamRoute(const std::string& method, const std::string& pattern, Access access,
                           StreamRouteHandler handler) = 0;

  /// Runs before the thing named by `Point` happens: change the subject, or throw Error to refuse.
  template <typename Point>
  void before(std::function<void(typename Point::Subject&)> hook, HookOptions options = {}) {
    static_assert(hooks::HasBefore<Point>, "this point is only observed: use after");
    addHook(true, Point::name, options, ofSubject<typename Point::Subject>(std::move(hook)));
  }
  /// Runs after it; observes only.
  template <typename Point>
  void after(std::function<void(const typename Point::Subject&)> hook, HookOptions options = {}) {
    static_assert(hooks::HasAfter<Point>,
                  "nothing runs after this point: use before, or the point that tells what came of it");
    addHook(false, Point::name, options, ofSubject<const typename Point::Subject>(std::move(hook)));
  }

  /// Offers a service to other plugins under a name; they call it with JSON and get JSON.
  virtual void provide(const std::string& service, std::function<Json(const Json&)> function) = 0;

  /// A further kind of credential, which stands for a token wherever one is asked for: what begins with `prefix`, of at
  /// least 4 characters, the first of them no `e`, with which tokens begin. CONFLICT when another plugin's begin so.
  virtual void credential(const std::string& prefix, CredentialCheck check) = 0;

  /// A further `messageType` that messages may have.
  virtual void messageType(const std::string& type) = 0;

  /// The sessions of this type are this plugin's feature: while it is off nobody may write into them or change them
  /// (FEATURE_DISABLED); reading stays possible.
  virtual void sessionType(const std::string& type) = 0;

  /// Runs every `interval`, on a worker, never twice at once.
  virtual void timer(Millis interval, std::function<void()> task) = 0;

  /// `help` is one line. CONFLICT when another plugin has a figure of the same full name.
  virtual Metric& metric(const std::string& name, const std::string& help) = 0;

  /// A collection of the plugin's own, or what a plugin adds to one there is: its own indexes, and the types of its own
  /// fields. An index that has the name of another's is refused with CONFLICT when the plugin starts.
  virtual void collection(const CollectionSpec& spec) = 0;

  /// The plugin's part in answering "what do you hold about this user" and "erase this user", also of users it has
  /// never met. `exportData` gives a page of at most a few hundred items: the first when `from` is empty, then from
  /// where the page before said, each time elsewhere. What it throws ends the plugin's part of the export, which says
  /// that it is not complete, and no other's. `eraseData` comes last, when the user cannot come back, and their
  /// messages are empty; it throws what keeps it from being done, and is called again then, and after a crash: so it
  /// must not mind what is gone already. What is much it takes in parts, so that others get their turn at the store.
  /// [worker]
  virtual void dataSubject(std::function<DataPage(const std::string& userId, const std::string& from)> exportData,
                           std::function<void(const std::string& userId)> eraseData) = 0;
  /// The same for what fits into one page: an array of items, a single one, or null for none.
  void dataSubject(std::function<Json(const std::string& userId)> exportData,
                   std::function<void(const std::string& userId)> eraseData) {
    dataSubject(
        [exportData = std::move(exportData)](const std::string& userId, const std::string&) {
          auto held = exportData(userId);
          if (held.is_array()) return DataPage{std::move(held.get_array())};
          return held.is_null() ? DataPage{} : DataPage{JsonArray{std::move(held)}};
        },
        std::move(eraseData));
  }

  // ---- services ----

  virtual const Config& config() const = 0;
  virtual Log& log() = 0;
  virtual const Clock& clock() const = 0;
  virtual Store& store() = 0;
  virtual Sockets& sockets() = 0;
  virtual Users& users() = 0;
  virtual Sessions& sessions() = 0;
  virtual Messages& messages() = 0;
  virtual Reads& reads() = 0;
  virtual Presence& presence() = 0;
  virtual Tokens& tokens() = 0;

  /// Calls a service that another plugin provides; FEATURE_DISABLED when none does. [worker]
  virtual Json call(const std::string& service, const Json& argument) = 0;
  virtual bool provides(const std::string& service) const = 0;

  /// Runs a task on a worker; false when the queue is full. [any thread]
  virtual bool post(std::function<void()> task) = 0;

 protected:
  virtual void addHook(bool before, const std::string& point, const HookOptions& options,
                       std::function<void(void*)> hook) = 0;

 private:
  template <typename Subject>
  static std::function<void(void*)> ofSubject(std::function<void(Subject&)> hook) {
    if (!hook) return {};  // for the host to refuse
    return [hook = std::move(hook)](void* subject) { hook(*static_cast<Subject*>(subject)); };
  }
};

}  // namespace parley
