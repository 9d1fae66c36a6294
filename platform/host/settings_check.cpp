// SPDX-License-Identifier: Apache-2.0
#include "auth/key_set.h"
#include "host/load_texts.h"
#include "host/room_options.h"
#include "host/settings.h"
#include "http/hosts.h"
#include "net/tls.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>

#include <algorithm>

namespace parley::host {

namespace {

Poco::Net::IPAddress addressOf(const Settings& settings) {
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(settings.text("server.address"), address))
    throw SettingsError("server.address", "must be an IPv4 or IPv6 address, such as 127.0.0.1, 0.0.0.0 or ::");
  return address;
}

void checkKeys(const Settings& settings) {
  try {
    auth::readKeys(jwtOptions(settings));
  } catch (const auth::KeyFault& fault) {
    throw SettingsError("auth." + fault.setting(), fault.what());
  }
}

void checkAuth(const Settings& settings) {
  const auto address = addressOf(settings);
  if (settings.text("auth.mode") == "jwt") return checkKeys(settings);
  if (!address.isLoopback() && !settings.flag("auth.allowOpenOnNetwork"))
    throw SettingsError("server.address",
                        settings.text("server.address") +
                            " is reachable from other machines, where auth.mode open would believe anybody. Use "
                            "auth.mode jwt, a loopback address (127.0.0.1, ::1) or, on a network you trust, set "
                            "auth.allowOpenOnNetwork to true");
}

void checkTls(const Settings& settings) {
  const bool certificate = !settings.text("server.tls.certificate").empty();
  const bool key = !settings.text("server.tls.key").empty();
  if (certificate != key)
    throw SettingsError(certificate ? "server.tls.key" : "server.tls.certificate",
                        "TLS needs both server.tls.certificate and server.tls.key");
  if (!certificate) return;
  try {
    net::TlsContext::load(settings.text("server.tls.certificate"), settings.text("server.tls.key"));
  } catch (const net::TlsFileError& error) {
    const bool isKey = error.file() == net::TlsFileError::File::Key;
    throw SettingsError(isKey ? "server.tls.key" : "server.tls.certificate", error.detail());
  }
}

void checkStorage(const Settings& settings) {
  if (settings.text("storage.driver") == "mongodb") {
    const auto uri = settings.text("storage.mongodb.uri");
    if (uri.rfind("mongodb://", 0) != 0 && uri.rfind("mongodb+srv://", 0) != 0)
      throw SettingsError("storage.mongodb.uri", "must begin with mongodb:// or mongodb+srv://");
    return;
  }
  if (settings.text("storage.sqlite.path").empty()) throw SettingsError("storage.sqlite.path", "must name a file");
}

void checkOrigins(const Settings& settings) {
  const auto origins = settings.list("http.cors.origins");
  if (settings.flag("http.cors.credentials") && std::find(origins.begin(), origins.end(), "*") != origins.end())
    throw SettingsError("http.cors.credentials", "must be false where http.cors.origins has *");
  for (const auto& origin : origins)
    if (origin != "*" && origin.find("://") == std::string::npos)
      throw SettingsError("http.cors.origins", "\"" + origin + "\" is not an origin such as https://chat.example.org");
}

void checkHosts(const Settings& settings) {
  for (const auto& name : settings.list("server.hosts"))
    if (!http::Hosts::isName(name))
      throw SettingsError("server.hosts", "\"" + name + "\" is not a name such as chat.example.org");
}

void checkNetworks(const Settings& settings) {
  for (const auto* key : {"limits.exempt", "server.trustedProxies"}) {
    try {
      const base::Networks networks(settings.list(key));
    } catch (const Error& error) {
      throw SettingsError(key, error.detail());
    }
  }
  if (settings.flag("server.proxyProtocol") && settings.list("server.trustedProxies").empty())
    throw SettingsError("server.trustedProxies", "must name the proxies that speak the PROXY protocol");
}

}  // namespace

void checkTogether(const Settings& settings) {
  checkAuth(settings);
  checkTls(settings);
  checkStorage(settings);
  checkOrigins(settings);
  loadTexts(settings, settings.text("i18n.locale"));
  checkHosts(settings);
  checkNetworks(settings);
}

}  // namespace parley::host
