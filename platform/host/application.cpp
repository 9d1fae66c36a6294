// SPDX-License-Identifier: Apache-2.0
#include "host/application.h"

#include "base/clock.h"
#include "base/log.h"
#include "host/apart.h"
#include "host/clock_watch.h"
#include "host/data_tasks.h"
#include "host/load_settings.h"
#include "host/server.h"
#include "host/settings_print.h"
#include "host/signals.h"
#include "host/storage_check.h"
#include "host/watchdog.h"
#include "storage/transfer_file.h"

#include <parley/error.h>

#include <Poco/File.h>
#include <Poco/TemporaryFile.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionSet.h>

#include <exception>
#include <iostream>
#include <map>
#include <optional>

namespace parley::host {

namespace {

/// The process is gone within 10 s of the signal, whatever happens, also while it starts.
constexpr Millis shutdownLimit{9'800};
constexpr Millis clockInterval{1000};  ///< between two looks at the time

constexpr const char* exitCodes =
    "Signals: TERM, INT and QUIT finish running work, tell the clients and end within 10 s; HUP reads the "
    "configuration\n"
    "again and applies what can be applied without a restart.\n\n"
    "Exit codes: 0 ended as asked; 64 wrong usage; 65 --check-storage has found something, or a file with data is no\n"
    "good; 69 something needed is taken or missing (port, database file); 70 a fault in the server; 78 a fault in the\n"
    "configuration.";

void applyLogSettings(const Settings& settings) {
  base::LogOptions options;
  options.level = settings.text("log.level");
  options.json = settings.text("log.format") == "json";
  options.file = settings.text("log.file");
  options.maxFileSize = settings.size("log.maxSize");
  options.maxFiles = settings.size("log.maxFiles");
  try {
    base::configureLog(options);
  } catch (const std::runtime_error& error) {
    throw SettingsError("log.file", error.what());
  }
}

void silenceLog() {
  base::LogOptions silent;
  silent.level = "off";
  base::configureLog(silent);
}

}  // namespace

int Application::runWith(int argc, char** argv) {
  try {
    init(argc, argv);
  } catch (const Poco::Exception& error) {
    std::cerr << "parleyd: " << error.displayText() << "; see parleyd --help" << std::endl;
    return EXIT_USAGE;
  }
  return run();
}

void Application::defineOptions(Poco::Util::OptionSet& options) {
  // Not ServerApplication's own (--daemon …): service managers and containers want a process that stays.
  const auto add = [&](const char* name, const char* shortName, const char* description, const char* argument) {
    Poco::Util::Option option(name, shortName, description, false);
    if (argument != nullptr) option.repeatable(true).argument(argument);
    options.addOption(option.callback(Poco::Util::OptionCallback<Application>(this, &Application::onOption)));
  };
  add("config", "c", "read settings from a JSON file", "FILE");
  add("set", "s", "set one setting; may be repeated", "KEY=VALUE");
  add("overwrite", "", "let a command replace what is there already under the name of what it writes", nullptr);
  add("check-config", "", "check the configuration and end", nullptr);
  add("check-storage", "", "compare the stored data's indexes with what the server's queries need, and end", nullptr);
  add("print-config", "", "print the effective configuration as JSON and end", nullptr);
  add("print-config-schema", "", "print the JSON Schema of the configuration and end", nullptr);
  add("print-config-docs", "", "print all settings as a Markdown table and end", nullptr);
  add("print-api", "", "print the routes and events of the configured plugins as JSON and end", nullptr);
  add("version", "", "print the version and end", nullptr);
  add("help", "h", "print this and end", nullptr);
}

void Application::onOption(const std::string& name, const std::string& value) {
  if (name == "config") {
    sources_.file = value;
  } else if (name == "set") {
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Poco::Util::InvalidArgumentException("--set " + value + ": must be KEY=VALUE");
    sources_.overrides.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  } else if (name == "overwrite") {
    overwrite_ = true;
  } else if (name == "check-config") {
    task_ = Task::CheckConfig;
  } else if (name == "check-storage") {
    task_ = Task::CheckStorage;
  } else if (name == "print-config") {
    task_ = Task::PrintConfig;
  } else if (name == "print-config-schema") {
    task_ = Task::PrintSchema;
  } else if (name == "print-config-docs") {
    task_ = Task::PrintDocs;
  } else if (name == "print-api") {
    task_ = Task::PrintApi;
  } else {
    task_ = name == "version" ? Task::Version : Task::Help;
    stopOptionsProcessing();
  }
}

/// A command and its file.
void Application::onArguments(const std::vector<std::string>& arguments) {
  if (arguments.empty() || task_ != Task::Run) return;
  static const std::map<std::string, Task> commands{
      {"export", Task::Export}, {"import", Task::Import}, {"backup", Task::Backup}, {"restore", Task::Restore}};
  const auto& name = arguments.front();
  const auto command = commands.find(name);
  if (command == commands.end()) throw Poco::Util::UnknownOptionException(name + ": unexpected argument");
  if (arguments.size() != 2) throw Poco::Util::MissingArgumentException(name + ": takes one file");
  task_ = command->second;
  dataFile_ = arguments[1];
}

void Application::printHelp() const {
  Poco::Util::HelpFormatter formatter(options());
  formatter.setWidth(120);
  formatter.setCommand("parleyd");
  formatter.setUsage("[options] [export FILE | import FILE | backup FILE | restore FILE]");
  formatter.setHeader(
      "The Parley chat server. config/README.md describes all settings. With a command it does that instead of "
      "serving:\n"
      "export and import move all data by way of a file, also between kinds of stores; backup copies the embedded\n"
      "database, also while a server runs on it; restore puts such a copy in its place, while none does.");
  formatter.setFooter(exitCodes);
  formatter.format(std::cout);
}

int Application::main(const std::vector<std::string>& arguments) {
  try {
    onArguments(arguments);
    return perform();
  } catch (const Poco::Util::OptionException& error) {
    std::cerr << "parleyd: " << error.message() << "; see parleyd --help\n";
    return EXIT_USAGE;
  } catch (const SettingsError& error) {
    std::cerr << "parleyd: " << error.what() << std::endl;
    return EXIT_CONFIG;
  } catch (const storage::FileFault& fault) {
    std::cerr << "parleyd: " << fault.detail() << std::endl;
    return EXIT_DATAERR;
  } catch (const Error& error) {
    std::cerr << "parleyd: " << error.detail() << std::endl;
    return error.code() == ErrorCode::ValidationFailed ? EXIT_CONFIG : EXIT_UNAVAILABLE;
  } catch (const std::exception& error) {
    std::cerr << "parleyd: " << error.what() << std::endl;
    return EXIT_SOFTWARE;
  }
}

void Application::reload(Server& server, Settings next) {
  const auto before = server.settings();
  applyLogSettings(next);
  try {
    server.reload(std::move(next));
  } catch (...) {
    applyLogSettings(*before);
    throw;
  }
}

int Application::perform() {
  if (task_ == Task::Help) return printHelp(), EXIT_OK;
  if (task_ == Task::Version) return std::cout << "parleyd " PARLEY_VERSION "\n", EXIT_OK;
  sources_.environment = Sources::processEnvironment();
  if (task_ == Task::PrintApi) return printApi();
  if (task_ == Task::CheckStorage) return checkStorage();
  const auto settings = loadSettings(sources_);
  switch (task_) {
    case Task::PrintConfig: std::cout << printConfig(settings); return EXIT_OK;
    case Task::PrintSchema: std::cout << printSchema(settings); return EXIT_OK;
    case Task::PrintDocs: std::cout << printDocs(settings); return EXIT_OK;
    default: break;
  }
  checkTogether(settings);
  switch (task_) {
    case Task::CheckConfig: std::cout << "The configuration is valid.\n"; return EXIT_OK;
    case Task::Export: exportData(settings, dataFile_, overwrite_); return EXIT_OK;
    case Task::Import: importData(settings, dataFile_); return EXIT_OK;
    case Task::Backup: backupData(settings, dataFile_, overwrite_); return EXIT_OK;
    case Task::Restore: restoreData(settings, dataFile_, overwrite_); return EXIT_OK;
    default: return serve(settings);
  }
}

/// Asks a server that is never started.
int Application::printApi() const {
  const Poco::TemporaryFile folder;
  Poco::File(folder).createDirectory();
  silenceLog();
  const Server server(loadSettings(apart(sources_, folder.path())));
  std::cout << server.printApi();
  return EXIT_OK;
}

int Application::checkStorage() const {
  silenceLog();
  checkTogether(loadSettings(sources_));
  return host::checkStorage(sources_, std::cout) ? EXIT_OK : EXIT_DATAERR;
}

int Application::serve(const Settings& settings) {
  Watchdog watchdog(shutdownLimit);
  Signals signals([&watchdog] { watchdog.start(); });
  applyLogSettings(settings);
  std::optional<Server> made;
  try {
    made.emplace(settings, [&signals] { return signals.termination().has_value(); });
  } catch (const Server::Stopped&) {
    return base::log("host").info("ended"), EXIT_OK;
  }
  auto& server = *made;
  watchdog.ask([&server] { return server.whatHolds(); });
  server.start();
  base::log("host").info("parleyd " PARLEY_VERSION " is ready, listening on {}", server.url());

  const base::SystemClock clock;
  ClockWatch clockWatch(clock);
  for (;;) {
    const auto request = signals.wait(clockInterval);
    clockWatch.look();
    if (!request) continue;
    if (*request == Signals::Request::Terminate) break;
    try {
      auto next = loadSettings(sources_, server.settings().get());
      checkTogether(next);
      reload(server, std::move(next));
    } catch (const std::exception& error) {
      base::log("host").error("the configuration was not reloaded, the old one stays: {}", error.what());
    }
  }
  base::log("host").info("shutting down");
  server.stop(signals.termination());
  watchdog.ask({});
  base::log("host").info("ended");
  return EXIT_OK;
}

}  // namespace parley::host
