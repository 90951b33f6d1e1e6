// What becomes of those who wait for a lock of a file.
#include <vector>

#include "explore/fate.hpp"
#include "explore/file_locks.hpp"

namespace kipc {

/// POSIX fcntl(): the locks of a process are released when it ends; fcntl(2), flock(2): those of an open file
/// description when its last descriptor is closed. Who waits for them then has the lock.
Fate fate_at_lock(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  const auto wanted = wanted_lock(now.world, sleeper.actor, step);
  if (!wanted) return {};
  if (is_refused(now.world, *wanted)) return {Fate::Kind::stays};
  // Who else waits for the file may come first: one of them, if no two can have it.
  std::vector<HeldLock> waiting = {*wanted};
  for (const Snapshot::Living& other : now.world.survivors()) {
    if (other.actor == sleeper.actor || other.blocked_in < 0) continue;
    const Step& call = *now.world.program().steps[static_cast<std::size_t>(other.blocked_in)];
    const auto rival = wanted_lock(now.world, other.actor, call);
    if (rival && rival->object == wanted->object && !is_refused(now.world, *rival)) waiting.push_back(*rival);
  }
  int conflicts = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i)
    for (std::size_t j = i + 1; j < waiting.size(); ++j) conflicts += waiting[i].stands_against(waiting[j]) ? 1 : 0;
  const int pairs = static_cast<int>(waiting.size() * (waiting.size() - 1) / 2);
  if (conflicts == 0) return {Fate::Kind::returns, R"({"return": 0})"};
  if (conflicts < pairs) return {};
  return {Fate::Kind::one_of, R"({"return": 0})", "lock " + wanted->object};
}

}  // namespace kipc
