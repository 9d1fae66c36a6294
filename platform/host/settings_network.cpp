// SPDX-License-Identifier: Apache-2.0
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

void addServerSettings(SettingsTable& t) {
  t.group("server");
  t.text("address", "127.0.0.1", Apply::Restart, "IPv4 or IPv6 address to listen on; `0.0.0.0` or `::` for all.");
  t.integer("port", 3000, 0, 65'535, "", Apply::Restart, "TCP port; 0 lets the system choose one.");
  t.integer("backlog", 4096, 1, 65'535, "", Apply::Restart,
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
  t.list("hosts", Apply::Reload,
         "Names (`chat.example.org`, without a port) that `open` mode answers to, beside `localhost` and loopback "
         "addresses (any IP address, where it listens on a network); `*` for any. With another Host a request is a "
         "403: it may come from a page elsewhere whose name was rebound to this machine's address.");
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

void addHttpSettings(SettingsTable& t) {
  t.group("http");
  t.integer("maxTarget", 8 * kibi, 256, 1 * mebi, "bytes", Apply::Reload,
            "Path and query of a request; more is a 414.");
  t.integer("maxHead", 16 * kibi, 1 * kibi, 1 * mebi, "bytes", Apply::Reload,
            "Request line and header fields together; more is a 431.");
  t.integer("maxHeaders", 100, 8, 10'000, "", Apply::Reload, "Header fields of a request; more are a 431.");
  t.integer("maxBody", 1 * mebi, 1 * kibi, 1 * gibi, "bytes", Apply::Reload,
            "Request body; more is a 413. Where `realtime.maxPayload` is larger, that is the limit.");
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
            "What may wait to be written to one connection, but for the last piece, and one piece for every 64 bytes "
            "of it; beyond that it is closed.");
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

}  // namespace parley::host
