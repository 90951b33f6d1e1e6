// Semaphore adjustments (SEM_UNDO): what a System V set holds once those of the dead are taken back, and whom that
// wakes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "explore/world.hpp"

namespace kipc {

struct Undone {
  std::map<std::string, std::vector<std::int64_t>>
      values;             // by the name of the set; without those that nobody can tell
  std::set<int> back;     // sleepers in semop() that can go on then
  std::set<int> unclear;  // sleepers of whom that cannot be said
};

/// POSIX semop(), exit(): each adjustment is added to its semaphore when its process ends.
Undone undone_by_death(const World& world);

}  // namespace kipc
