// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/event_loop.h"

#include <boost/intrusive/list.hpp>

namespace parley::realtime {

/// The heartbeats of all sessions of one loop. All share the same two delays, so each queue is in order of time as it
/// stands, and one timer serves it: a session costs no timer of its own. [loop]
class Heartbeats {
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  /// Waits in at most one queue; leaves it when destroyed.
  class Member : public Hook {
   public:
    virtual void onPingDue() = 0;
    virtual void onPongOverdue() = 0;

   protected:
    Member() = default;
    ~Member() = default;

   private:
    friend class Heartbeats;
    Instant due_;
  };

  Heartbeats(net::EventLoop& loop, Millis interval, Millis timeout);

  /// onPingDue is called after the interval, unless the member is given anew or taken out before.
  void awaitPing(Member& member) { add(pings_, member); }
  /// onPongOverdue is called after the timeout, likewise.
  void awaitPong(Member& member) { add(pongs_, member); }
  static void remove(Member& member) { member.unlink(); }

 private:
  struct Queue {
    Millis delay;
    void (Member::*due)();
    boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> members;
    bool armed = false;
  };
  void add(Queue& queue, Member& member);
  void arm(Queue& queue);
  void run(Queue& queue);

  net::EventLoop& loop_;
  Queue pings_;
  Queue pongs_;
};

}  // namespace parley::realtime
