// SPDX-License-Identifier: Apache-2.0
#include "host/room_options.h"

#include "base/threads.h"

#include <algorithm>
#include <utility>

namespace parley::host {

namespace {

bool isLoopback(const std::string& address) {
  const auto parsed = base::IpAddress::parse(address);
  return parsed && parsed->isLoopback();
}

realtime::PacketLimits packetLimits(const Settings& settings) {
  realtime::PacketLimits limits;
  limits.maxBytes = settings.size("realtime.maxPayload");
  limits.maxDepth = settings.size("realtime.maxDepth");
  limits.maxAttachments = settings.size("realtime.maxAttachments");
  return limits;
}

/// A database that does not answer leaves some of the workers to those who need none.
std::size_t workersThatMayWait(const Settings& settings) {
  return std::max<std::size_t>(workerCount(settings) * 3 / 4, 1);
}

storage::MongodbOptions mongodbOptions(const Settings& settings) {
  storage::MongodbOptions options;
  options.uri = settings.text("storage.mongodb.uri");
  options.database = settings.text("storage.mongodb.database");
  options.writers = settings.size("storage.mongodb.writers");
  options.connections = settings.size("storage.mongodb.connections");
  if (options.connections == 0) options.connections = workersThatMayWait(settings) + options.writers;
  options.connectionWait = settings.millis("storage.mongodb.connectionWait");
  options.maxQueuedWrites = settings.size("storage.mongodb.maxQueuedWrites");
  options.maxBatch = settings.size("storage.mongodb.maxBatch");
  options.queueWait = settings.millis("storage.mongodb.queueWait");
  options.serverSelection = settings.millis("storage.mongodb.serverSelectionTimeout");
  options.connectTimeout = settings.millis("storage.mongodb.connectTimeout");
  options.socketTimeout = settings.millis("storage.mongodb.socketTimeout");
  options.slowCommand = settings.millis("storage.mongodb.slowCommand");
  options.leaseTime = settings.millis("storage.mongodb.leaseTime");
  return options;
}

realtime::SessionOptions sessionOptions(const Settings& settings) {
  realtime::SessionOptions options;
  options.pingInterval = settings.millis("realtime.pingInterval");
  options.pingTimeout = settings.millis("realtime.pingTimeout");
  options.maxPayload = settings.size("realtime.maxPayload");
  options.maxSessions = settings.size("realtime.maxSessions");
  options.maxPollingPerAddress = settings.size("realtime.maxPollingPerAddress");
  options.maxPollPackets = settings.size("realtime.maxPollPackets");
  options.maxFragments = settings.size("realtime.maxFragments");
  options.maxQueuedBytes = settings.size("realtime.maxQueuedBytes");
  options.volatileQueuedBytes = settings.size("realtime.volatileQueuedBytes");
  options.closeTimeout = settings.millis("realtime.closeTimeout");
  return options;
}

}  // namespace

std::size_t loopCount(const Settings& settings) {
  const auto count = settings.size("server.loops");
  return count > 0 ? count : base::processors();
}

std::size_t workerCount(const Settings& settings) {
  const auto count = settings.size("server.workers");
  return count > 0 ? count : std::max<std::size_t>(16, 4 * base::processors());
}

std::filesystem::path pluginDirectory(const Settings& settings) {
  if (const auto given = settings.text("plugins.directory"); !given.empty()) return given;
  const auto prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  const auto installed = prefix / PARLEY_INSTALLED_PLUGINS;
  return std::filesystem::exists(installed) ? installed : prefix / "plugins";
}

auth::JwtOptions jwtOptions(const Settings& settings) {
  auth::JwtOptions options;
  options.algorithm = settings.text("auth.jwt.algorithm");
  options.secret = settings.text("auth.jwt.secret");
  options.keyFile = settings.text("auth.jwt.keyFile");
  options.jwksFile = settings.text("auth.jwt.jwksFile");
  options.jwksUrl = settings.text("auth.jwt.jwksUrl");
  options.caFile = settings.text("auth.jwt.caFile");
  options.oidcIssuer = settings.text("auth.oidc.issuer");
  options.issuer = settings.text("auth.jwt.issuer");
  if (options.issuer.empty()) options.issuer = options.oidcIssuer;
  options.audience = settings.text("auth.jwt.audience");
  options.subjectClaim = settings.text("auth.jwt.subjectClaim");
  options.roleClaim = settings.text("auth.jwt.roleClaim");
  options.serviceClaim = settings.text("auth.jwt.serviceClaim");
  options.clockSkew = settings.millis("auth.jwt.clockSkew");
  options.maxTokenBytes = settings.size("auth.jwt.maxTokenBytes");
  options.refreshInterval = settings.millis("auth.jwt.refreshInterval");
  options.maxKeyAge = settings.millis("auth.jwt.maxKeyAge");
  options.fetchTimeout = settings.millis("auth.jwt.fetchTimeout");
  options.maxKeySetBytes = settings.size("auth.jwt.maxKeySetBytes");
  options.maxWaiting = settings.size("auth.jwt.maxWaiting");
  options.ownTokens = settings.flag("auth.ownTokens");
  return options;
}

storage::StorageOptions storageOptions(const Settings& settings) {
  storage::StorageOptions options;
  options.driver = settings.text("storage.driver");
  options.mongodb = mongodbOptions(settings);
  options.sqlite.path = settings.text("storage.sqlite.path");
  options.sqlite.maxQueuedWrites = settings.size("storage.sqlite.maxQueuedWrites");
  options.sqlite.maxBatch = settings.size("storage.sqlite.maxBatch");
  options.sqlite.readers = settings.size("storage.sqlite.readers");
  options.sqlite.readerWait = settings.millis("storage.sqlite.readerWait");
  options.sqlite.busyTimeout = settings.millis("storage.sqlite.busyTimeout");
  options.sqlite.cacheBytes = settings.size("storage.sqlite.cacheBytes");
  options.sqlite.maxDocumentBytes = settings.size("storage.sqlite.maxDocumentBytes");
  options.sqlite.checkpointBytes = settings.size("storage.sqlite.checkpointBytes");
  options.sqlite.maxCachedStatements = settings.size("storage.sqlite.maxCachedStatements");
  options.sqlite.slowCommand = settings.millis("storage.sqlite.slowCommand");
  return options;
}

http::CorsOptions corsOptions(const Settings& settings) {
  http::CorsOptions options;
  options.allowedOrigins = settings.list("http.cors.origins");
  options.allowCredentials = settings.flag("http.cors.credentials");
  options.maxAgeSeconds = static_cast<int>(settings.integer("http.cors.maxAge"));
  return options;
}

http::ServerOptions httpOptions(const Settings& settings, const base::Locale& locale) {
  http::ServerOptions options;
  options.listen.address = settings.text("server.address");
  options.listen.port = static_cast<std::uint16_t>(settings.integer("server.port"));
  options.listen.backlog = static_cast<int>(settings.integer("server.backlog"));
  options.listen.maxConnections = settings.size("server.maxConnections");
  options.listen.maxConnectionsPerAddress = settings.size("server.maxConnectionsPerAddress");
  options.listen.trustedProxies = base::Networks(settings.list("server.trustedProxies"));
  options.listen.proxyProtocol = settings.flag("server.proxyProtocol");
  options.listen.proxyDeadline = settings.millis("http.headTimeout");
  options.listen.tlsCertificate = settings.text("server.tls.certificate");
  options.listen.tlsKey = settings.text("server.tls.key");
  options.listen.inputLimit = settings.size("http.inputBuffer");
  options.listen.outputLimit = settings.size("http.outputBuffer");
  options.listen.writeDeadline = settings.millis("http.writeTimeout");
  options.listen.lingerDeadline = settings.millis("http.lingerTimeout");
  options.limits.maxTarget = settings.size("http.maxTarget");
  options.limits.maxHead = settings.size("http.maxHead");
  options.limits.maxHeaders = settings.size("http.maxHeaders");
  // A polling payload is a body too.
  options.limits.maxBody = std::max(settings.size("http.maxBody"), settings.size("realtime.maxPayload"));
  options.limits.maxChunkExtensions = settings.size("http.maxChunkExtensions");
  options.limits.maxTrailer = settings.size("http.maxTrailer");
  options.idleDeadline = settings.millis("http.idleTimeout");
  options.headDeadline = settings.millis("http.headTimeout");
  options.bodyDeadline = settings.millis("http.bodyTimeout");
  options.streamDeadline = settings.millis("http.streamTimeout");
  options.bodyProgress = settings.size("http.streamProgress");
  options.bodyWindow = settings.size("http.bodyWindow");
  options.maxDiscard = settings.size("http.maxDiscard");
  options.gzipThreshold = settings.size("http.gzip.threshold");
  options.gzipLevel = static_cast<int>(settings.integer("http.gzip.level"));
  options.gzipOnLoop = settings.size("http.gzip.maxOnLoop");
  options.streamBuffer = settings.size("http.streamBuffer");
  options.strictTransport = std::chrono::seconds(settings.integer("http.strictTransport"));
  // Without tokens a page that passes for one of ours is let in.
  if (settings.text("auth.mode") == "open")
    options.hosts = http::Hosts(settings.list("server.hosts"), !isLoopback(options.listen.address));
  options.locale = locale;
  return options;
}

realtime::EngineOptions engineOptions(const Settings& settings) {
  realtime::EngineOptions options;
  options.polling = settings.flag("realtime.polling");
  options.webSocket = settings.flag("realtime.webSocket");
  options.upgradeTimeout = settings.millis("realtime.upgradeTimeout");
  options.sessions = sessionOptions(settings);
  return options;
}

realtime::PlainOptions plainOptions(const Settings& settings) {
  realtime::PlainOptions options;
  options.sessions = sessionOptions(settings);
  return options;
}

realtime::SocketOptions socketOptions(const Settings& settings, const base::Locale& locale) {
  realtime::SocketOptions options;
  options.recovery.enabled = settings.flag("realtime.recovery.enabled");
  options.recovery.maxDisconnection = settings.millis("realtime.recovery.maxDisconnection");
  options.recovery.maxPackets = settings.size("realtime.recovery.maxPackets");
  options.recovery.maxBytes = settings.size("realtime.recovery.maxBytes");
  options.recovery.maxDisconnected = settings.size("realtime.recovery.maxDisconnected");
  options.maxQueuedEvents = settings.size("realtime.maxQueuedEvents");
  options.maxAsks = settings.size("realtime.maxAsks");
  options.maxBeforeConnect = settings.size("realtime.maxBeforeConnect");
  options.locale = locale;
  return options;
}

realtime::SocketIoOptions socketIoOptions(const Settings& settings) {
  realtime::SocketIoOptions options;
  options.packets = packetLimits(settings);
  options.connectTimeout = settings.millis("realtime.connectTimeout");
  options.maxNameSpaces = settings.size("realtime.maxNamespaces");
  return options;
}

realtime::PlainClientOptions plainClientOptions(const Settings& settings) {
  realtime::PlainClientOptions options;
  options.packets = packetLimits(settings);
  options.maxEarly = settings.size("realtime.plain.maxEarly");
  return options;
}

realtime::DispatchOptions dispatchOptions(const Settings& settings) {
  realtime::DispatchOptions options;
  options.perSocket.perSecond = static_cast<double>(settings.integer("realtime.eventsPerSecond"));
  options.perSocket.burst = static_cast<double>(settings.integer("realtime.eventBurst"));
  return options;
}

realtime::Registry::Limits registryLimits(const Settings& settings) {
  return {settings.size("realtime.maxSocketsPerUser"), settings.size("realtime.maxRooms")};
}

base::RateLimitOptions rateLimitOptions(const Settings& settings) {
  base::RateLimitOptions options;
  for (std::size_t i = 0; i < base::rateClasses.size(); ++i) {
    const auto group = "limits." + std::string(base::nameOf(base::rateClasses.at(i))) + ".";
    const auto seconds = static_cast<double>(settings.integer(group + "burst"));
    const auto rate = [&](const char* of) {
      const auto perSecond = static_cast<double>(settings.integer(group + of)) / 60;
      return base::Rate{perSecond, std::max(1.0, perSecond * seconds)};
    };
    options.classes.at(i) = {rate("perUser"), rate("perAddress"), settings.size(group + "atOnce")};
  }
  options.exempt = base::Networks(settings.list("limits.exempt"));
  options.maxTracked = settings.size("limits.maxTracked");
  return options;
}

chat::ChatOptions chatOptions(const Settings& settings) {
  chat::ChatOptions options;
  options.maxContent = settings.size("chat.maxContent");
  options.maxWaitingMessages = settings.size("chat.maxWaitingMessages");
  options.maxBatch = settings.size("chat.maxBatch");
  options.idleMailboxes = settings.size("chat.idleMailboxes");
  options.cachedSessions = settings.size("chat.cachedSessions");
  options.cachedMembers = settings.size("chat.cachedMembers");
  options.sessionsPerUser = settings.integer("chat.maxSessionsPerUser");
  options.shownParticipants = settings.size("chat.shownParticipants");
  options.maxWaitingChanges = settings.size("chat.maxWaitingChanges");
  options.maxPendingMarks = settings.size("chat.maxPendingMarks");
  options.maxReadRanges = settings.size("chat.maxReadRanges");
  options.readByMembers = settings.size("chat.readByMembers");
  options.deliveredMembers = settings.size("chat.deliveredMembers");
  options.sendDeadline = settings.millis("chat.sendTimeout");
  return options;
}

plugin::PluginHostOptions pluginOptions(const Settings& settings, const base::Locale& locale) {
  plugin::PluginHostOptions options;
  options.directory = pluginDirectory(settings);
  options.maxLibraryBytes = settings.size("plugins.maxLibraryBytes");
  options.disableDeadline = settings.millis("plugins.disableTimeout");
  options.border.slowCall = settings.millis("plugins.slowCall");
  options.border.failuresInARow = static_cast<int>(settings.integer("plugins.failuresInARow"));
  options.border.failuresPerMinute = static_cast<int>(settings.integer("plugins.failuresPerMinute"));
  options.routes.maxJsonDepth = settings.size("http.maxJsonDepth");
  options.routes.locale = locale;
  return options;
}

plugin::PluginHost::Wanted enabledIn(std::shared_ptr<const Settings> settings) {
  return [settings = std::move(settings)](const std::string& plugin) {
    const auto& known = settings->plugins();
    return std::find(known.begin(), known.end(), plugin) != known.end() &&
           settings->flag("plugins." + plugin + ".enabled");
  };
}

}  // namespace parley::host
