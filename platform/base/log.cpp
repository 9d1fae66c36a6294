// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/log_format.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <utility>

namespace parley::base {

namespace {

thread_local LogContext* innermost = nullptr;

/// What all loggers write to; where that is may change while they do.
class Target final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using Open = std::function<spdlog::sink_ptr()>;

  Target() {
    become([] { return std::make_shared<spdlog::sinks::stdout_sink_st>(); }, false);
  }

  /// What `open` throws changes nothing. It may open the very file that is written to, which is whole then.
  void become(const Open& open, bool json) {
    const std::lock_guard lock(mutex_);
    if (destination_) destination_->flush();
    auto next = open();
    if (json) {
      next->set_formatter(std::make_unique<JsonLogFormatter>());
    } else {
      next->set_formatter(std::make_unique<TextLogFormatter>());
    }
    destination_ = std::move(next);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override { destination_->log(message); }
  void flush_() override { destination_->flush(); }

 private:
  spdlog::sink_ptr destination_;
};

bool endsWithinALine(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char last = '\n';
  file.seekg(-1, std::ios::end);
  file.get(last);
  return last != '\n';
}

/// For each file that is opened to be appended to.
void prepare(const std::string& path, std::FILE* stream) {
  struct stat info {};
  if (::fstat(::fileno(stream), &info) != 0 || !S_ISREG(info.st_mode)) return;
  // It names people and their addresses, so a new one is not for everybody.
  if (info.st_size == 0) (void)::fchmod(::fileno(stream), info.st_mode & (S_IRUSR | S_IWUSR | S_IRGRP));
  // A disk that was full has cut off what was written last.
  if (endsWithinALine(path)) (void)std::fputc('\n', stream);
}

/// The loggers of the process. Not spdlog's own registry: that one is shared with whatever else uses the library.
class Loggers {
 public:
  spdlog::logger& get(std::string_view component) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = loggers_.find(component); found != loggers_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    auto& logger = loggers_[std::string(component)];
    if (!logger) {
      logger = std::make_unique<spdlog::logger>(std::string(component), target_);
      logger->set_level(level_);
      logger->flush_on(spdlog::level::trace);  // what is not wanted costs nothing, the rest is wanted at once
    }
    return *logger;
  }

  void configure(const Target::Open& open, bool json, spdlog::level::level_enum level) {
    target_->become(open, json);
    const std::unique_lock lock(mutex_);
    level_ = level;
    for (auto& [name, logger] : loggers_) logger->set_level(level);
  }

 private:
  std::shared_mutex mutex_;
  std::shared_ptr<Target> target_ = std::make_shared<Target>();
  spdlog::level::level_enum level_ = spdlog::level::info;
  std::map<std::string, std::unique_ptr<spdlog::logger>, std::less<>> loggers_;
};

/// Logging is the one service that everything may use at any time, also while the process ends: it is never destroyed.
Loggers& loggers() {
  static auto* all = new Loggers;
  return *all;
}

}  // namespace

spdlog::logger& log(std::string_view component) {
  return loggers().get(component);
}

void configureLog(const LogOptions& options) {
  const auto open = [&options]() -> spdlog::sink_ptr {
    if (options.file.empty()) return std::make_shared<spdlog::sinks::stdout_sink_st>();
    spdlog::file_event_handlers events;
    events.after_open = prepare;
    try {
      return std::make_shared<spdlog::sinks::rotating_file_sink_st>(options.file, options.maxFileSize, options.maxFiles,
                                                                    false, events);
    } catch (const spdlog::spdlog_ex& error) {
      throw std::runtime_error("the log file " + options.file + " cannot be opened: " + error.what());
    }
  };
  loggers().configure(open, options.json, spdlog::level::from_str(options.level));
}

LogContext::LogContext(std::string requestId) : id_(std::move(requestId)), outer_(innermost) {
  innermost = this;
}

LogContext::~LogContext() {
  innermost = outer_;
}

std::string_view LogContext::current() {
  return innermost == nullptr ? std::string_view{} : innermost->id_;
}

}  // namespace parley::base
