// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"
#include "storage/open_store.h"

#include <parley/time.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace parley::host {

/// storage::openStore, or what puts something before it.
using StoreOpener = std::function<std::unique_ptr<storage::ManagedStore>(const storage::StorageOptions&)>;

/// The whole server, built from its parts. All members are called by one thread unless tagged otherwise.
class Server {
 public:
  /// Thrown by the constructor when it was asked to stop.
  struct Stopped {};

  /// Opens the store, completes it if another server has written it, starts the plugins, binds the port; serves nobody
  /// yet. Throws Error or SettingsError that say what cannot be used. `stopAsked`: whether to give up, asked now and
  /// then while something takes long.
  explicit Server(Settings settings, const std::function<bool()>& stopAsked = {},
                  const StoreOpener& openStore = storage::openStore);
  /// stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Begins to accept clients.
  void start();
  /// `http://ADDRESS:PORT`, with the port that was really taken.
  std::string url() const;

  /// All routes and events, each with the plugin that has it, as JSON.
  std::string printApi() const;

  /// What counts now.
  std::shared_ptr<const Settings> settings() const;

  /// Takes over what can be changed while running and logs what waits for a restart. Throws when the new settings
  /// cannot be used; the old ones stay then.
  void reload(Settings next);

  /// What stop() may be waiting for, for the log; empty when nobody knows. [any thread]
  std::string whatHolds() const;

  /// Ends in the order that loses nothing: no new clients, no new work, running work to its end, clients told, writes
  /// flushed. What is given to finish is counted from when it was `asked`, now if it was not. Idempotent.
  void stop(std::optional<Instant> asked = std::nullopt);

 private:
  struct Parts;
  mutable std::mutex end_;  ///< whoever asks from another thread holds it, so that the parts stay
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::host
