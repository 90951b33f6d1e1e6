// Who holds which process-shared mutex at a moment, by what the history says of their calls.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "explore/world.hpp"

namespace kipc {

struct Mutex {
  bool known = false;  // its attributes and all calls on it were seen
  bool robust = false;
  bool inherits = false;       // priority inheritance: the kernel hands it over
  int owner = -1;              // the actor; -1: nobody
  int depth = 0;               // how often the owner has locked it
  bool inconsistent = false;   // its owner got EOWNERDEAD and has not made it consistent
  bool lost = false;           // not recoverable
  std::string text;            // "mem.m", as a script writes it; "" when that says another place elsewhere
  std::int64_t from_base = 0;  // of the place, from the address of its first name

  /// The next to lock it has to get EOWNERDEAD: its owner is among the dead.
  [[nodiscard]] bool left_by_the_dead(const World& world) const {
    return known && robust && !lost && owner >= 0 && !world.lives(owner);
  }
};

using Mutexes = std::map<MemoryPlace, Mutex>;

/// All mutexes in shared memory that the history up to the snapshot mentions.
Mutexes mutexes_at(const World& world);
/// The mutex that a call which sleeps is about, or nullptr: the last one that this actor named so.
const Mutex* mutex_of_sleeper(const World& world, const Mutexes& mutexes, const Snapshot::Living& sleeper,
                              const std::string& argument, MemoryPlace* place = nullptr);

}  // namespace kipc
