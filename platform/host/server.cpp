// SPDX-License-Identifier: Apache-2.0
#include "host/server.h"

#include "auth/discovery.h"
#include "auth/verifier.h"
#include "base/clock.h"
#include "base/gate.h"
#include "base/log.h"
#include "base/worker_pool.h"
#include "chat/chat.h"
#include "chat/collections.h"
#include "chat/migration/migration.h"
#include "delivery/delivery.h"
#include "host/api_list.h"
#include "host/audit_trail.h"
#include "host/data_lock.h"
#include "host/fetch_document.h"
#include "host/load_texts.h"
#include "host/room_options.h"
#include "host/token_desk.h"
#include "ops/api_documents.h"
#include "ops/health.h"
#include "ops/metrics.h"
#include "ops/user_data.h"
#include "realtime/token_renewal.h"
#include "storage/measured_store.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace parley::host {

namespace {

constexpr Millis storePingDeadline{2'000};

/// Every client is a file descriptor: take as many as we may have.
void raiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) base::log("host").warn("the limit of open files could not be raised");
}

/// The settings that count now; plugins ask for them on any thread.
class CurrentSettings {
 public:
  explicit CurrentSettings(Settings settings) : settings_(std::make_shared<const Settings>(std::move(settings))) {}
  std::shared_ptr<const Settings> get() const {
    const std::lock_guard lock(mutex_);
    return settings_;
  }
  void set(Settings settings) {
    auto next = std::make_shared<const Settings>(std::move(settings));
    const std::lock_guard lock(mutex_);
    settings_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Settings> settings_;
};

std::string fetchKeys(const auth::JwtOptions& options) {
  const auto fetch = [&options](const std::string& url) {
    return fetchDocument({url, options.caFile, options.fetchTimeout, options.maxKeySetBytes});
  };
  if (options.oidcIssuer.empty()) return fetch(options.jwksUrl);
  return fetch(auth::keysUrlOf(fetch(auth::discoveryUrlOf(options.oidcIssuer)), options.oidcIssuer));
}

}  // namespace

/// Every part of the server, in the order in which they are built; each uses only those above it.
struct Server::Parts {
  Parts(Settings given, const StoreOpener& openStore)
      : settings(std::move(given)),
        store(std::make_unique<storage::MeasuredStore>(openStore(storageOptions(*initial)))) {
    texts.setOwn(loadTexts(*initial, locale.name));
  }

  realtime::SessionFactory socketIoSessions() {
    return [this](auto& session, const auto& handshake) { return socketIo.accept(session, handshake); };
  }
  realtime::SessionFactory plainSessions() {
    return [this](auto& session, const auto& handshake) { return plainClients.accept(session, handshake); };
  }
  realtime::OriginCheck originCheck() {
    return [this](const http::Request& request) {
      return cors.allows(request.headers.get("Origin"), request.headers.get("Host"), request.secure);
    };
  }
  plugin::HostServices pluginServices();
  std::function<void(hooks::CallAnswered::Call)> audit() {
    return [this](hooks::CallAnswered::Call call) { auditTrail.tell(std::move(call)); };
  }
  bool wantsTokens() const { return initial->text("auth.mode") == "jwt"; }
  bool signsTokens() const { return wantsTokens() && initial->flag("auth.ownTokens"); }
  ops::Metrics::Sources metricSources();
  Access metricsAccess() const { return initial->flag("metrics.public") ? Access::anyone() : Access::role("admin"); }
  void migrate(const std::function<bool()>& stopAsked);
  http::Response notYet(const http::Request& request) const;
  void openRealtime();

  CurrentSettings settings;
  const std::shared_ptr<const Settings> initial = settings.get();
  base::Texts texts{initial->text("i18n.locale")};
  const base::Locale locale{initial->text("i18n.locale"), &texts};
  base::SystemClock clock;
  std::atomic<bool> draining{false};
  std::atomic<bool> migrating{false};

  std::unique_ptr<DataLock> dataLock = initial->text("storage.driver") == "sqlite"
                                           ? std::make_unique<DataLock>(initial->text("storage.sqlite.path"))
                                           : nullptr;
  std::unique_ptr<storage::MeasuredStore> store;
  base::WorkerPool workers{workerCount(*initial), initial->size("server.maxQueuedTasks")};
  net::EventLoops loops{loopCount(*initial)};

  auth::Revocations takenBack;
  const std::shared_ptr<const auth::OwnKey> ownKey = signsTokens() ? loadOwnKey(*store, takenBack) : nullptr;
  base::RateLimits limits{clock, rateLimitOptions(*initial)};
  std::unique_ptr<auth::Verifier> tokens =
      wantsTokens() ? std::make_unique<auth::Verifier>(jwtOptions(*initial), workers, clock, fetchKeys, ownKey, &limits,
                                                       &takenBack)
                    : nullptr;

  http::Router router;
  std::vector<http::Router::RouteId> closed;  ///< what stands for all paths until the start
  http::Cors cors{corsOptions(*initial)};
  realtime::EventTable events;
  plugin::HookTable hooks{clock};
  AuditTrail auditTrail{hooks, workers, clock};

  realtime::Registry registry;
  realtime::EventEncoder encoder;
  delivery::Delivery sockets{registry, encoder, workers};
  TokenDesk tokenDesk{ownKey, takenBack, *store, clock, registry, sockets};
  chat::Chat chat{*store, sockets, hooks, workers, clock, chatOptions(*initial)};
  base::Gate gate{wantsTokens() ? base::AuthMode::Jwt : base::AuthMode::Open,
                  [this](const std::string& session, const std::string& user) {
                    return chat.sessions().isParticipant(session, user);
                  },
                  &limits, [this](const std::string& userId) { return chat.isErased(userId); }};

  std::unique_ptr<realtime::TokenServices> tokenServices =
      tokens ? std::make_unique<realtime::TokenServices>(realtime::TokenServices{*tokens, encoder, clock}) : nullptr;
  realtime::SocketServices socketServices{events, registry,           workers, socketOptions(*initial, locale),
                                          {},     tokenServices.get()};
  realtime::TokenRenewal tokenRenewal{events, socketServices};
  realtime::EventDispatcher dispatcher{events, gate, registry, encoder, clock, dispatchOptions(*initial), audit()};
  realtime::SocketIo socketIo{socketServices, dispatcher, socketIoOptions(*initial)};
  realtime::PlainClients plainClients{socketServices, dispatcher, plainClientOptions(*initial)};
  std::optional<realtime::Engine> engine;  // these two are made when clients may come
  std::optional<realtime::PlainEndpoint> plain;
  std::atomic<bool> realtimeOpen{false};

  ops::Health health{router,
                     workers,
                     clock,
                     {[this] { return draining.load(); }, [this] { return store->ping(storePingDeadline); },
                      [this] { return migrating.load(); }},
                     locale};
  ops::ApiDocuments apiDocuments{router, workers};
  http::Server http{loops, router, cors, httpOptions(*initial, locale)};
  plugin::PluginHost plugins{pluginServices(), pluginOptions(*initial, locale)};
  std::optional<ops::UserData> userData;  // once the plugins hold what they hold
  std::unique_ptr<ops::Metrics> metrics =
      initial->flag("metrics.enabled") ? std::make_unique<ops::Metrics>(metricSources(), metricsAccess()) : nullptr;
};

plugin::HostServices Server::Parts::pluginServices() {
  return {
      .store = *store,
      .sockets = sockets,
      .users = chat.users(),
      .sessions = chat.sessions(),
      .messages = chat.messages(),
      .reads = chat.reads(),
      .presence = chat.presence(),
      .ownTokens = tokenDesk,
      .events = events,
      .router = router,
      .hooks = hooks,
      .workers = workers,
      .gate = gate,
      .texts = texts,
      .clock = clock,
      .config = [this](
                    const std::string& plugin,
                    std::string_view key) { return settings.get()->get("plugins." + plugin + "." + std::string(key)); },
      .messageTypes = {[this](const std::string& type) { chat.messageTypes().allow(type); },
                       [this](const std::string& type) { chat.messageTypes().remove(type); }},
      .sessionTypes = {[this](const std::string& type) { chat.sessionTypes().allow(type); },
                       [this](const std::string& type) { chat.sessionTypes().remove(type); }},
      .onIoLoop =
          [this] {
            for (std::size_t i = 0; i < loops.size(); ++i)
              if (loops.at(i).isCurrent()) return true;
            return false;
          },
      .tokens = tokens.get(),
      .audit = audit(),
      .collections = chat::collectionSpecs(),
  };
}

ops::Metrics::Sources Server::Parts::metricSources() {
  return {
      .loops = loops,
      .http = http,
      .router = router,
      .events = events,
      .dispatcher = dispatcher,
      .sockets = socketServices,
      .delivery = sockets,
      .store = *store,
      .plugins = plugins,
      .workers = workers,
      .gate = gate,
      .tokens = tokens.get(),
      .engineSessions = [this] { return realtimeOpen ? &engine->counts() : nullptr; },
      .plainSessions = [this] { return realtimeOpen && plain ? &plain->counts() : nullptr; },
      .usersOnline = [this] { return chat.presence().onlineCount(); },
      .notesGivenUp = [this] { return chat.notesGivenUp(); },
      .auditGivenUp = [this] { return auditTrail.givenUp(); },
  };
}

/// Meanwhile nobody gets anything but the state of the server.
void Server::Parts::migrate(const std::function<bool()>& stopAsked) {
  chat::migration::Migration migration(*store, clock);
  if (!migration.isNeeded()) return;
  migrating = true;
  for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    closed.push_back(router.add(method, "/*", [this](const http::Request& request, const http::Responder& respond) {
      respond(notYet(request));
    }));
  http.start();
  base::log("host").info("port {} answers /api/ready while the database is being completed", http.port());
  if (!migration.run(stopAsked)) throw Stopped{};
}

http::Response Server::Parts::notYet(const http::Request& request) const {
  const Error error(ErrorCode::Unavailable, "the database is being completed");
  http::Response response;
  response.status = 503;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.headers.set("Retry-After", "10");
  response.body =
      boost::json::serialize(base::failure(error, base::chooseLocale(request.headers.get("Accept-Language"), locale)));
  return response;
}

void Server::Parts::openRealtime() {
  engine.emplace(engineOptions(*initial), loops, router, originCheck(), socketIoSessions());
  if (initial->flag("realtime.plain.enabled"))
    plain.emplace(plainOptions(*initial), loops, router, originCheck(), plainSessions());
  realtimeOpen = true;
}

Server::Server(Settings settings, const std::function<bool()>& stopAsked, const StoreOpener& openStore) {
  raiseFileLimit();
  parts_ = std::make_unique<Parts>(std::move(settings), openStore);
  auto& parts = *parts_;
  parts.registry.setObserver(parts.chat);
  parts.registry.setLimits(registryLimits(*parts.initial));
  parts.loops.start();
  try {
    parts.store->claim([] { ::kill(::getpid(), SIGTERM); });
    parts.migrate(stopAsked);
    parts.chat.catchUp();
  } catch (...) {
    stop();
    throw;
  }
  parts.plugins.discover();
  const auto problems = parts.plugins.apply(enabledIn(parts.settings.get()));
  if (problems.empty()) {
    parts.openRealtime();
    parts.chat.resume(parts.plugins.dataSubjects());
    parts.userData.emplace(parts.router, parts.plugins, *parts.store, parts.chat.erasure(), parts.clock);
    return;
  }
  stop();
  throw SettingsError("plugins", problems.front());
}

Server::~Server() {
  stop();
}

void Server::start() {
  parts_->migrating = false;
  for (const auto route : std::exchange(parts_->closed, {})) parts_->router.remove(route);
  parts_->http.start();
}

std::string Server::url() const {
  const auto settings = parts_->settings.get();
  const auto address = settings->text("server.address");
  const bool secure = !settings->text("server.tls.certificate").empty();
  return std::string(secure ? "https://" : "http://") +
         (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":" +
         std::to_string(parts_->http.port());
}

std::string Server::printApi() const {
  return host::printApi(parts_->router, parts_->events, parts_->plugins);
}

std::shared_ptr<const Settings> Server::settings() const {
  return parts_->settings.get();
}

void Server::reload(Settings next) {
  auto& parts = *parts_;
  const auto before = parts.settings.get();
  const bool hadTls = !before->text("server.tls.certificate").empty();
  if (hadTls == next.text("server.tls.certificate").empty())
    throw SettingsError("server.tls.certificate", "TLS is switched on or off by a restart");
  // First what can fail: it changes nothing then.
  const auto ownTexts = loadTexts(next, parts.locale.name);
  auto now = next.withoutRestart(*parts.initial);
  if (parts.tokens && next.text("auth.mode") == "jwt") parts.tokens->reload(jwtOptions(now));
  parts.http.reload(httpOptions(now, parts.locale));
  parts.cors.reload(corsOptions(now));
  parts.limits.reload(rateLimitOptions(now));
  parts.texts.setOwn(ownTexts);

  std::set<std::string> toRestart;
  for (const auto* setting : next.changedSince(*parts.initial))  // what runs is what counted at the start
    if (!setting->reloadable) base::log("host").warn("{} has changed and waits for a restart", setting->key);
  for (const auto* setting : now.changedSince(*before))
    for (const auto& plugin : now.plugins())
      if (setting->key.rfind("plugins." + plugin + ".", 0) == 0) toRestart.insert(plugin);
  parts.settings.set(std::move(now));
  parts.plugins.discover();
  // A plugin reads its settings when it starts: one whose settings have changed is started anew.
  const auto problems = parts.plugins.apply(enabledIn(parts.settings.get()), toRestart);
  if (problems.empty())
    base::log("host").info("the configuration was reloaded");
  else
    base::log("host").error("the configuration was reloaded, but not all plugins are as it wants them, as told above");
}

std::string Server::whatHolds() const {
  const std::lock_guard lock(end_);
  return parts_ ? parts_->plugins.whatHolds() : "";
}

void Server::stop(std::optional<Instant> asked) {
  if (!parts_) return;
  auto& parts = *parts_;
  const auto deadline = asked.value_or(parts.clock.steady()) + parts.initial->millis("server.drainTimeout");
  const auto left = [&] {
    return std::max(Millis{0}, std::chrono::duration_cast<Millis>(deadline - parts.clock.steady()));
  };
  const auto waitUntil = [&](Millis reserve, const char* what, const std::function<bool()>& done) {
    while (!done() && left() > reserve) std::this_thread::sleep_for(Millis{5});
    if (done()) return true;
    const auto held = whatHolds();
    base::log("host").warn("{} did not end in time{}", what, held.empty() ? "" : "; in the way: " + held);
    return false;
  };
  parts.draining = true;
  parts.chat.erasure().pause();
  parts.http.drain();
  parts.dispatcher.drain();
  waitUntil(left() / 2, "running work", [&] { return parts.dispatcher.pending() == 0; });

  parts.sockets.disconnectAll();
  if (parts.engine) parts.engine->closeAll("server shutting down");
  if (parts.plain) parts.plain->closeAll("server shutting down");
  const auto allHaveLeft = [&] { return parts.http.connectionCount() == 0; };
  if (!waitUntil(left() / 4, "connections", allHaveLeft)) {
    parts.http.closeAll();  // a plugin would wait for their calls, such as slow uploads and downloads
    waitUntil(left() / 2, "closed connections", allHaveLeft);
  }

  // What was accepted is stored and told; so is what the ends of the clients have set off, such as their presence.
  parts.chat.drain(left() / 2);
  parts.workers.drain(left() / 2);
  parts.plugins.stop();
  parts.loops.stop();
  parts.workers.stop();
  const auto ended = [this] {
    const std::lock_guard lock(end_);
    return std::move(parts_);
  }();
}

}  // namespace parley::host
