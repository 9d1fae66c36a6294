// SPDX-License-Identifier: Apache-2.0
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

void addRealtimeSettings(SettingsTable& t) {
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
  t.integer("maxPollingPerAddress", 10'000, 0, 10'000'000, "", Apply::Restart,
            "Clients that poll, from one IP address; more get a 503. Behind a proxy that is not in "
            "`server.trustedProxies` all clients have the proxy's. 0: no limit.");
  t.integer("maxSocketsPerUser", 1'000, 0, 10'000'000, "", Apply::Restart,
            "Sockets that have joined as one user; one more is RATE_LIMITED. 0: no limit.");
  t.integer("maxRooms", 1'000, 0, 10'000'000, "", Apply::Restart,
            "Rooms, which plugins make, that one socket may be in; one more is RATE_LIMITED. 0: no limit.");
  t.integer("maxFragments", 1'024, 1, 1'000'000, "", Apply::Restart, "WebSocket frames of one message.");
  t.integer(
      "maxQueuedBytes", 1 * mebi, 64 * kibi, 1 * gibi, "bytes", Apply::Restart,
      "What may wait for a client that does not read, but for the last event, and one event for every 64 bytes "
      "of it; for a client that polls, also but for what two answers to it may have. Beyond that it is disconnected.");
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
  t.integer("recovery.maxPackets", 200, 1, 1'000'000, "", Apply::Restart,
            "Packets kept per client for its recovery, while its answers to pings do not say that it has them.");
  t.integer("recovery.maxBytes", 256 * kibi, 1 * kibi, 1 * gibi, "bytes", Apply::Restart,
            "Bytes kept per client for its recovery, likewise.");
  t.integer("recovery.maxDisconnected", 10'000, 0, 10'000'000, "", Apply::Restart,
            "Clients that are away and may come back, in all.");
  t.flag("plain.enabled", true, Apply::Restart, "Whether `/ws` serves clients without Socket.IO.");
  t.integer("plain.maxEarly", 64, 1, 100'000, "", Apply::Restart,
            "Frames that a client of `/ws` may send before it has been let in.");
}

}  // namespace parley::host
