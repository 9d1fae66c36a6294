// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/hooks.h>
#include <parley/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

namespace parley::plugin {

/// The hooks of all plugins, by point. A run takes an immutable snapshot, so hooks come and go while others run. [any
/// thread]
class HookTable {
 public:
  using Id = std::uint64_t;
  using Function = std::function<void(void* subject)>;
  /// What a function throws whose plugin cannot be asked, since it is on its way out or gone.
  struct Missing {};

  HookTable();
  /// `clock` measures how long a hook runs; it must outlive the table.
  explicit HookTable(const Clock& clock);
  ~HookTable();
  HookTable(const HookTable&) = delete;
  HookTable& operator=(const HookTable&) = delete;

  Id add(bool before, const std::string& point, const std::string& owner, const HookOptions& options,
         Function function);
  void remove(Id id);

  /// The owner's `before` hooks that are required keep their places, whatever becomes of their ids: missing they
  /// refuse, until the owner is unblocked or removed. `retryAfter`: the seconds after which they are likely to be back;
  /// 0: nobody knows. Whether there are any.
  bool block(const std::string& owner, int retryAfter);
  /// Removes those that were blocked.
  void unblock(const std::string& owner);
  /// Removes all of the owner's.
  void remove(const std::string& owner);

  /// Runs the `before` hooks in their order on the subject. Throws the Error of the first that refuses; another
  /// exception is logged, and refuses with INTERNAL when the hook says that its failure blocks; one that is required
  /// and missing refuses with UNAVAILABLE. What a hook says counts however long it took; an overrun deadline is logged.
  /// [worker]
  template <typename Point>
  void before(typename Point::Subject& subject) const {
    static_assert(hooks::HasBefore<Point>);
    run(true, Point::name, &subject);
  }

  /// Runs the `after` hooks; whatever they throw is logged and goes no further. [worker]
  template <typename Point>
  void after(const typename Point::Subject& subject) const {
    static_assert(hooks::HasAfter<Point>);
    run(false, Point::name, const_cast<std::remove_const_t<typename Point::Subject>*>(&subject));
  }

 private:
  struct Table;
  template <typename Which>
  void removeIf(const Which& which);
  void run(bool before, const char* point, void* subject) const;
  std::shared_ptr<const Table> snapshot() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  Id next_ = 1;
};

}  // namespace parley::plugin
