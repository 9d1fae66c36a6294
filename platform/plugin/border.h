// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

#include <parley/error.h>
#include <parley/time.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace parley::plugin {

/// When calls into a plugin become remarkable.
struct BorderOptions {
  Millis slowCall{1000};        ///< a call that takes longer is logged
  int failuresInARow = 20;      ///< so many failing calls one after another switch the plugin off; 0: never
  int failuresPerMinute = 100;  ///< so many within a minute do, too; 0: never
};

/// One place where the host calls into a plugin, and how that has gone. Guarded by its Border.
struct Site {
  std::string name;  ///< "event ping", "GET /api/ping", "hook before message:send" …
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::chrono::microseconds total{0};
  std::chrono::microseconds longest{0};
  int running = 0;  ///< calls that are inside of the plugin now
};

/// Something of a plugin's that is held until it is called, and can be taken back. [any thread]
class Revocable {
 public:
  virtual ~Revocable() = default;
  virtual void revoke() = 0;
};

/// The border between the host and one running plugin. Every call into the plugin passes here: it is counted, timed and
/// guarded, so that no exception leaves and the plugin is not unloaded under it. Callbacks that a plugin handed to the
/// host, and replies that the host handed to the plugin, are counted as well; what of them has not come by the time the
/// plugin goes is revoked and never runs again. [any thread]
class Border : public std::enable_shared_from_this<Border> {
 public:
  /// `alarm` is called once, on the thread of the failing call and inside of it, when the failures are too many; the
  /// border is closed by then.
  Border(std::string plugin, const BorderOptions& options, const Clock& clock,
         std::function<void(const std::string& reason)> alarm);
  Border(const Border&) = delete;
  Border& operator=(const Border&) = delete;

  const std::string& plugin() const { return plugin_; }

  /// A new place for calls. Valid as long as the border.
  Site& site(std::string name);
  std::vector<Site> sites() const;

  /// Runs `function` inside of the plugin. FEATURE_DISABLED when the border is closed and the thread is not inside of
  /// the plugin already (what was begun is finished with its own hooks and services), the plugin's own Error when it
  /// refuses, INTERNAL when it fails in another way. What comes back is made by host code and safe to keep.
  template <typename F>
  auto call(Site& site, F&& function) -> Result<std::invoke_result_t<F>> {
    if (!enter(site)) return switchedOff(site);
    return guarded(site, std::forward<F>(function));
  }

  /// Counts a call that ended with an Error of the plugin's as a failure after all: nobody takes that of an observer.
  /// The alarm is not for these, which come from a store that is in trouble more than from the plugin.
  void countUntaken(Site& site);

  /// Wraps a callback of the plugin for the host to call: at most once, or any number of times. Exceptions end here; a
  /// revoked one is dropped with a line in the log.
  template <typename... Args>
  std::function<void(Args...)> once(Site& site, std::function<void(Args...)> function) {
    return wrap(site, std::move(function), true);
  }
  template <typename... Args>
  std::function<void(Args...)> many(Site& site, std::function<void(Args...)> function) {
    return wrap(site, std::move(function), false);
  }

  /// Keeps an object of the plugin's for the host, which calls into it until it is revoked or dropped.
  template <typename T>
  class Held;
  template <typename T>
  std::shared_ptr<Held<T>> hold(Site& site, std::shared_ptr<T> object) {
    auto held = std::make_shared<Held<T>>(shared_from_this(), site, std::move(object));
    track(held, site, Kind::Callback);
    return held;
  }

  /// Wraps a reply of the host's for the plugin to call. When it is dropped unanswered, INTERNAL is answered, or
  /// FEATURE_DISABLED when the plugin is being switched off. That, and a second answer, leave a line in the log.
  template <typename T>
  std::function<void(Result<T>)> reply(Site& site, std::function<void(Result<T>)> answer);

  /// From here on `call` refuses whoever comes from outside. Idempotent.
  void close();

  /// Waits until no call is running and nothing is held. Only a closed border stays idle.
  bool waitIdle(Millis deadline);

  /// Takes back every callback that is not running (`replies` false), or every reply (true). Those are answered with
  /// FEATURE_DISABLED.
  void revoke(bool replies);

  /// Whether plugin code may be running, or about to.
  bool isBusy() const;

  /// Whether there are replies, answered or not, that somebody of the plugin still has in hand.
  bool hasReplies() const;

  /// What holds the plugin: "event ping: 1 running, reply to event slow: 1 held"; empty when nothing does.
  std::string whatHolds() const;

 private:
  enum class Kind { Callback, Reply };

  /// Keeps the plugin from being unloaded while it lives.
  class Hold {
   public:
    Hold(std::shared_ptr<Border> border, Kind kind);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    std::shared_ptr<Border> border_;
    Kind kind_;
  };

  /// Ends a call when it goes out of scope: after the exception object, whose code may be the plugin's, is gone.
  class Running {
   public:
    Running(Border& border, Site& site)
        : border_(border), site_(site), begin_(border.clock_.steady()), outer_(std::exchange(innermost, this)) {}
    ~Running() {
      innermost = outer_;
      border_.leave(site_, begin_, failed_ ? &failure_ : nullptr);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    void failed(std::string what) {
      failed_ = true;
      failure_ = std::move(what);
    }
    /// Whether this thread runs a call into the plugin.
    static bool isInside(const Border& border);

   private:
    static thread_local const Running* innermost;  ///< of this thread's calls into plugins

    Border& border_;
    Site& site_;
    Instant begin_;
    const Running* outer_;
    bool failed_ = false;
    std::string failure_;
  };

  template <typename... Args>
  class Callback;
  template <typename T>
  class HeldReply;

  template <typename F>
  auto guarded(Site& site, F&& function) -> Result<std::invoke_result_t<F>> {
    Running running(*this, site);
    try {
      return std::forward<F>(function)();
    } catch (const Error& error) {
      return Error(error.code(), error.detail(), error.text(), error.retryAfter());
    } catch (const std::exception& error) {
      running.failed(error.what());
    } catch (...) {
      running.failed("an exception of unknown type");
    }
    return Error(ErrorCode::Internal, "the feature failed");
  }

  template <typename... Args>
  std::function<void(Args...)> wrap(Site& site, std::function<void(Args...)> function, bool once);

  bool enter(Site& site);
  void enterHeld(Site& site);
  void leave(Site& site, Instant begin, const std::string* failure);
  /// Counts a failure; the reason when there were too many now. Locked.
  std::string countFailure();
  void notifyIfIdle();
  void track(const std::shared_ptr<Revocable>& item, const Site& site, Kind kind);
  void forget(const Revocable* item);
  Error switchedOff(const Site& site) const;
  Error unanswered() const;
  void logDropped(const Site& site) const;
  /// Unless it is closed: then nothing else is to be expected.
  void logReply(const Site& site, const char* what) const;

  const std::string plugin_;
  const BorderOptions options_;
  const Clock& clock_;
  const std::function<void(const std::string& reason)> alarm_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Site> sites_;
  bool closed_ = false;
  bool alarmed_ = false;
  int running_ = 0;
  int callbacks_ = 0;
  int replies_ = 0;
  int failuresInARow_ = 0;
  std::deque<Instant> failures_;  ///< of the last minute; at most failuresPerMinute
  struct Tracked {
    std::weak_ptr<Revocable> item;
    Kind kind;
    const Site* site;
  };
  std::unordered_map<const Revocable*, Tracked> tracked_;
};

/// A callback of the plugin's, in the host's hands.
template <typename... Args>
class Border::Callback final : public Revocable {
 public:
  using Function = std::function<void(Args...)>;
  Callback(std::shared_ptr<Border> border, Site& site, Function function, bool once)
      : border_(std::move(border)),
        site_(site),
        once_(once),
        held_(std::make_shared<Held>(border_, std::move(function))) {}
  ~Callback() override { border_->forget(this); }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  void operator()(Args... args) {
    const auto held = take(once_);
    if (!held) return border_->logDropped(site_);
    border_->enterHeld(site_);
    // The plugin's Error is no failure elsewhere; here there is nobody to take it.
    const auto result = border_->guarded(site_, [&] {
      held->function(std::forward<Args>(args)...);
      return std::monostate{};
    });
    if (!result)
      base::log("plugins").warn("{}: {} ended with: {}", border_->plugin(), site_.name, result.error().what());
  }

  void revoke() override { take(true); }

 private:
  struct Held {
    Held(std::shared_ptr<Border> border, Function theFunction)
        : hold(std::move(border), Kind::Callback), function(std::move(theFunction)) {}
    Hold hold;  // outlives the function, whose destruction is plugin code
    Function function;
  };

  std::shared_ptr<Held> take(bool last) {
    if (last) border_->forget(this);
    const std::lock_guard lock(mutex_);
    return last ? std::move(held_) : held_;
  }

  std::shared_ptr<Border> border_;
  Site& site_;
  bool once_;
  std::mutex mutex_;
  std::shared_ptr<Held> held_;
};

/// An object of the plugin's, in the host's hands.
template <typename T>
class Border::Held final : public Revocable {
 public:
  Held(std::shared_ptr<Border> border, Site& site, std::shared_ptr<T> object)
      : border_(std::move(border)), site_(site), kept_(std::make_shared<Kept>(border_, std::move(object))) {}
  ~Held() override { border_->forget(this); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  /// Calls `function` with the object, also through a closed border: what was begun may be finished until it is
  /// revoked. FEATURE_DISABLED then; otherwise as Border::call.
  template <typename F>
  auto call(F&& function) -> Result<std::invoke_result_t<F, T&>> {
    const auto kept = get();
    if (!kept) return border_->switchedOff(site_);
    border_->enterHeld(site_);
    return border_->guarded(site_, [&] { return function(*kept->object); });
  }

  void revoke() override {
    const auto last = [&] {
      const std::lock_guard lock(mutex_);
      return std::move(kept_);
    }();
  }

 private:
  struct Kept {
    Kept(std::shared_ptr<Border> border, std::shared_ptr<T> theObject)
        : hold(std::move(border), Kind::Callback), object(std::move(theObject)) {}
    Hold hold;  // outlives the object, whose destruction is plugin code
    std::shared_ptr<T> object;
  };
  std::shared_ptr<Kept> get() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

  std::shared_ptr<Border> border_;
  Site& site_;
  std::mutex mutex_;
  std::shared_ptr<Kept> kept_;
};

/// A reply of the host's, in the plugin's hands.
template <typename T>
class Border::HeldReply final : public Revocable {
 public:
  using Answer = std::function<void(Result<T>)>;
  HeldReply(std::shared_ptr<Border> border, Site& site, Answer answer)
      : border_(std::move(border)), site_(site), open_(std::make_shared<Open>(border_, std::move(answer))) {}
  ~HeldReply() override {
    if (open_ != nullptr) {
      (void)finish(border_->unanswered());
      border_->logReply(site_, "was dropped without an answer");
    }
    border_->forget(this);
  }
  HeldReply(const HeldReply&) = delete;
  HeldReply& operator=(const HeldReply&) = delete;

  void answer(Result<T> result) {
    if (!finish(std::move(result))) border_->logReply(site_, "was answered again");
  }

  /// The holder keeps it: only its answer is taken away.
  void revoke() override { (void)finish(border_->unanswered()); }

 private:
  /// Whether it was open still.
  bool finish(Result<T> result) {
    std::shared_ptr<Open> open;
    {
      const std::lock_guard lock(mutex_);
      open = std::move(open_);
    }
    if (open) open->answer(std::move(result));
    return open != nullptr;
  }

  struct Open {
    Open(std::shared_ptr<Border> border, Answer theAnswer)
        : hold(std::move(border), Kind::Reply), answer(std::move(theAnswer)) {}
    Hold hold;
    Answer answer;
  };
  std::shared_ptr<Border> border_;
  Site& site_;
  std::mutex mutex_;
  std::shared_ptr<Open> open_;
};

template <typename... Args>
std::function<void(Args...)> Border::wrap(Site& site, std::function<void(Args...)> function, bool once) {
  if (!function) throw Error(ErrorCode::ValidationFailed, site.name + " of " + plugin_ + " needs a function");
  auto callback = std::make_shared<Callback<Args...>>(shared_from_this(), site, std::move(function), once);
  track(callback, site, Kind::Callback);
  return [callback](Args... args) { (*callback)(std::forward<Args>(args)...); };
}

template <typename T>
std::function<void(Result<T>)> Border::reply(Site& site, std::function<void(Result<T>)> answer) {
  auto held = std::make_shared<HeldReply<T>>(shared_from_this(), site, std::move(answer));
  track(held, site, Kind::Reply);
  return [held](Result<T> result) { held->answer(std::move(result)); };
}

}  // namespace parley::plugin
