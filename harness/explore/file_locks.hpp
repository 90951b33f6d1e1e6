// The locks of files that survivors hold, and those they wait for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/world.hpp"

namespace kipc {

/// A lock that somebody has, or would have.
struct HeldLock {
  Snapshot::FileLock lock;
  std::string object;  // the file
  int process = -1;
  std::vector<Snapshot::FileLock> own = {};  // wanted: what its open file description has already
  /// Both cannot be had at a time by different owners. Locks of flock() and record locks do not see each other.
  [[nodiscard]] bool stands_against(const HeldLock& other) const;
};

/// What the survivors hold. A lock of a shared open file description is listed once for each of its processes.
std::vector<HeldLock> held_locks(const World& world);
/// What was held only by the dead.
std::vector<HeldLock> released_locks(const World& world);
/// True when a lock that survivors hold keeps this one away.
bool is_refused(const World& world, const HeldLock& wanted);
/// The lock that this call of the actor asks for; nothing when it is none, or when the script does not say it in plain
/// numbers.
std::optional<HeldLock> wanted_lock(const World& world, int actor, const Step& step);

}  // namespace kipc
