// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <Poco/Util/ServerApplication.h>

#include <string>
#include <vector>

namespace parley::host {

class Server;

/// The program: command line, what it prints, signals, exit codes. What it runs is a Server.
class Application : public Poco::Util::ServerApplication {
 public:
  /// Runs to the end; returns the exit code.
  int runWith(int argc, char** argv);

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int main(const std::vector<std::string>& arguments) override;

 private:
  enum class Task {
    Run,
    Help,
    Version,
    PrintConfig,
    PrintSchema,
    PrintDocs,
    PrintApi,
    CheckConfig,
    CheckStorage,
    Export,
    Import,
    Backup,
    Restore
  };

  void onOption(const std::string& name, const std::string& value);
  void onArguments(const std::vector<std::string>& arguments);
  void printHelp() const;
  int perform();
  int serve(const Settings& settings);
  int printApi() const;
  int checkStorage() const;
  /// All of it or nothing.
  static void reload(Server& server, Settings next);

  Task task_ = Task::Run;
  std::string dataFile_;
  bool overwrite_ = false;
  Sources sources_;
};

}  // namespace parley::host
