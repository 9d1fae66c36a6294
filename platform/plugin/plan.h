// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace parley::plugin {

/// What a plugin registered in `setup`, before any of it is live. Holds the plugin's own code: to be cleared before the
/// library goes. Rows keep their address.
struct Plan {
  struct Event {
    std::string nameSpace;
    std::string name;  ///< empty: any event of the namespace
    Access access;
    EventHandler handler;           ///< one of the two
    DeferredEventHandler deferred;  ///< is set
    NextEvents next = NextEvents::Handled;
  };
  struct Space {
    std::string name;
    ConnectHandler onConnect;
    DisconnectHandler onDisconnect;
  };
  struct Route {
    std::string method;
    std::string pattern;
    Access access;
    RouteHandler handler;           ///< one of the three
    DeferredRouteHandler deferred;  ///< is
    StreamRouteHandler stream;      ///< set
  };
  struct Hook {
    bool before;
    std::string point;
    HookOptions options;
    std::function<void(void*)> function;
  };
  struct Service {
    std::string name;
    std::function<Json(const Json&)> function;
  };
  struct Credential {
    std::string prefix;
    CredentialCheck check;
  };
  struct Timer {
    Millis interval;
    std::function<void()> task;
  };
  struct DataSubject {
    std::function<DataPage(const std::string&, const std::string&)> exportData;
    std::function<void(const std::string&)> eraseData;
  };

  std::deque<Space> spaces;
  std::deque<Event> events;
  std::deque<Route> routes;
  std::deque<Hook> hooks;
  std::deque<Service> services;
  std::deque<Credential> credentials;
  std::deque<Timer> timers;
  std::deque<DataSubject> dataSubjects;  ///< at most one
  std::vector<std::string> messageTypes;
  std::vector<std::string> sessionTypes;
  std::vector<CollectionSpec> collections;
};

}  // namespace parley::plugin
