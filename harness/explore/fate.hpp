// What becomes of those who sleep in a call when others die: the rules of each mechanism, beside the call table. A call
// that no rule speaks of is said to be so, and its sleeper is killed first.
#pragma once

#include <string>

#include "explore/mutexes.hpp"
#include "explore/undo.hpp"
#include "explore/world.hpp"

namespace kipc {

struct Fate {
  enum class Kind {
    unruled,  // no rule tells
    stays,    // it sleeps on
    returns,  // it comes back as `expect` says
    one_of,   // of all who have the same `prize`, one comes back as `expect` says, and the others sleep on
    dies      // by SIGPIPE
  };
  Kind kind = Kind::unruled;
  std::string expect = {};  // JSON
  std::string prize = {};
};

/// What a script does that keeps some rules from telling.
struct Reservations {
  explicit Reservations(const Program& program);
  bool in_flight;       // descriptors may be in a socket, where nobody sees them
  bool sigpipe;         // the signal may be ignored or handled
  bool child_signals;   // the end of a child may be handled, or waited for as a signal
  bool parent_signals;  // the end of a parent may be
  bool shut;            // an end that is open may still have nothing to give
  bool async;           // SIGIO may be sent
  bool own_robust_lists;
};

/// True when that word stands anywhere in the script.
bool mentions(const Program& program, std::string_view word);
/// A string as JSON.
std::string quoted(const std::string& text);

/// Everything that the rules look at.
struct Circumstances {
  const World& world;
  const Mutexes& mutexes;
  const Undone& undone;
  const Reservations& script;
};

Fate fate_of(const Circumstances& now, const Snapshot::Living& sleeper);

// The rules of single mechanisms. `step`: the call it sleeps in.
Fate fate_at_lock(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step);   // fate_lock.cpp
Fate fate_at_mutex(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step);  // fate_memory.cpp
Fate fate_at_cond(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step);   // fate_memory.cpp
Fate fate_at_futex(const Circumstances& now, const Step& step);                                   // fate_memory.cpp
Fate fate_at_poll(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step);   // fate_poll.cpp
Fate fate_at_socket(const Circumstances& now, const Step& step, const Snapshot::Open& open,
                    bool reads);                                                                    // fate_socket.cpp
Fate fate_at_connect(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step);  // fate_socket.cpp

}  // namespace kipc
