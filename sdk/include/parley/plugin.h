// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/fields.h>
#include <parley/scope.h>
#include <parley/version.h>

#include <boost/version.hpp>

#include <array>
#include <cstdint>
#include <memory>

namespace parley {

/// What a plugin is: it registers in `setup` all it does. The host makes one object per start. The log names each step
/// here that takes longer than a call may (`plugins.slowCall`): nothing else starts or stops meanwhile.
class Plugin {
 public:
  virtual ~Plugin() = default;

  /// Reads the configuration and registers; no side effects besides. Also called, with handlers that are never used,
  /// for a plugin that is switched off, so that its routes and events can answer FEATURE_DISABLED. May throw, as
  /// `start` may. `parleyd --check-config` does not call it. [host]
  virtual void setup(Scope& scope) = 0;

  /// After setup and after all it depends on have started; its registrations go live when this returns. May throw: the
  /// start of the server ends with the reason (exit code 78); with SIGHUP the reason is logged, the plugin stays off,
  /// and each further SIGHUP tries it again. `stop` is not called then: end what was begun, threads above all, before
  /// you throw. [host]
  virtual void start() {}

  /// After its registrations were undone and its running calls have ended; where these do not end in time, at the next
  /// SIGHUP, or the end of the server, after they have. [host]
  virtual void stop() {}
};

/// What a plugin says of itself, readable without starting it. All pointers are to static storage of the library.
struct PluginManifest {
  const char* name;     ///< as in `plugins.<name>.enabled`: a-z 0-9 _
  const char* version;  ///< semantic version
  const char* summary = "";
  std::array<const char*, 8> dependsOn{};    ///< must be running; the start fails without them
  std::array<const char*, 8> startsAfter{};  ///< started before this one when they are there
  const char* configJson = "{}";             ///< config.json, embedded by the build; set by PARLEY_PLUGIN
  const char* textsJson = "{}";              ///< texts.json, likewise
  Plugin* (*create)() = nullptr;             ///< set by PARLEY_PLUGIN; the host deletes through `destroy`
  void (*destroy)(Plugin*) = nullptr;
};

/// A number that is another one when these types take other room.
template <typename... Types>
constexpr std::uint32_t layoutOf() {
  std::uint32_t mixed = 0;
  ((mixed = mixed * 16777619 ^ static_cast<std::uint32_t>(sizeof(Types))), ...);
  return mixed;
}

/// What the host reads from the file before it maps the library: plain bytes in the section `.parley.gate`.
struct PluginGate {
  std::array<char, 8> magic{'P', 'A', 'R', 'L', 'E', 'Y', 'P', '1'};
  std::uint32_t sdkMajor = PARLEY_SDK_VERSION_MAJOR;
  std::uint32_t sdkMinor = PARLEY_SDK_VERSION_MINOR;
  std::uint32_t boostVersion = BOOST_VERSION;
  std::array<char, 64> compilerAbi{PARLEY_COMPILER_ABI};
  /// Of what host and plugin hand each other, so that headers of two days that have one version are told apart.
  std::uint32_t layout = layoutOf<Access, Caller, User, Session, Member, MessageDraft, ReadMark, Message, Error, Answer,
                                  EventCall, Payload, Emit, HttpCall, HttpResponse, Filter, Update, FindOptions,
                                  CollectionSpec, Write, WriteSummary, HookOptions, hooks::MessageChanged,
                                  hooks::CallAnswered::Call, DataPage, CredentialHolder, PluginManifest>();
};

}  // namespace parley

/// The one entry of a plugin library:
///
///     PARLEY_PLUGIN(Ping, .name = "ping", .version = "1.0.0", .summary = "Answers ping")
#define PARLEY_PLUGIN(Type, ...)                                                                                       \
  extern "C" const char parley_plugin_config[];                                                                        \
  extern "C" const char parley_plugin_texts[];                                                                         \
  extern "C" [[gnu::section(".parley.gate"), gnu::used, gnu::retain]] const ::parley::PluginGate parley_plugin_gate{}; \
  extern "C" [[gnu::visibility("default")]] const ::parley::PluginManifest* parley_plugin() {                          \
    static const ::parley::PluginManifest manifest = [] {                                                              \
      ::parley::PluginManifest m{__VA_ARGS__};                                                                         \
      m.configJson = parley_plugin_config;                                                                             \
      m.textsJson = parley_plugin_texts;                                                                               \
      m.create = []() -> ::parley::Plugin* { return new Type(); };                                                     \
      m.destroy = [](::parley::Plugin* plugin) { delete plugin; };                                                     \
      return m;                                                                                                        \
    }();                                                                                                               \
    return &manifest;                                                                                                  \
  }
