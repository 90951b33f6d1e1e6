// What survivors find of locks: those of the dead are free, those of the living are not.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "explore/file_locks.hpp"
#include "explore/findings.hpp"

namespace kipc {
namespace {

using Kind = Snapshot::FileLock::Kind;

std::string range_of(const Snapshot::FileLock& lock) {
  const bool to_end = lock.end == std::numeric_limits<std::int64_t>::max();
  return fmt::format(R"("l_start": {}, "l_len": {})", lock.start, to_end ? 0 : lock.end - lock.start + 1);
}

bool is_call_of(const Snapshot::Living& sleeper, const World& world, std::string_view start) {
  const Step& step = *world.program().steps[static_cast<std::size_t>(sleeper.blocked_in)];
  return step.row->name.substr(0, start.size()) == start;
}

}  // namespace

/// POSIX fcntl(), fcntl(2), flock(2): see fate_at_lock().
std::vector<std::string> lock_findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers) {
  std::vector<std::string> lines;
  const World& world = now.world;
  if (now.script.in_flight) return lines;
  std::set<std::string> waited_for;
  for (const Snapshot::Living& living : world.survivors()) {
    if (living.blocked_in < 0) continue;
    const Step& step = *world.program().steps[static_cast<std::size_t>(living.blocked_in)];
    const auto wanted = wanted_lock(world, living.actor, step);
    if (wanted) waited_for.insert(wanted->object);
    if (!wanted && is_call_of(living, world, "lock")) return lines;  // it may have any of them
    if (!wanted && is_call_of(living, world, "f")) return lines;
  }
  (void)sleepers;
  const std::vector<HeldLock> held = held_locks(world);
  const std::vector<int> idle = idle_survivors(world);
  std::set<std::string> said;
  const auto say = [&](std::string line) {
    if (said.insert(line).second) lines.push_back(std::move(line));
  };
  for (const HeldLock& released : released_locks(world)) {
    if (waited_for.count(released.object) != 0) continue;
    for (const int actor : idle) {
      const std::string fd = name_for(world, actor, released.object);
      if (fd.empty()) continue;
      HeldLock whole = released;
      whole.lock.exclusive = true;
      whole.process = world.process_of(actor);
      if (std::any_of(held.begin(), held.end(), [&](const HeldLock& other) { return other.stands_against(whole); }))
        continue;
      const std::string as = quoted(world.name_of(actor));
      if (released.lock.kind == Kind::flock) {
        say(fmt::format(R"({{"as": {}, "call": "flock", "fd": {}, "operation": ["LOCK_EX", "LOCK_NB"]}})", as,
                        quoted(fd)));
        say(fmt::format(R"({{"as": {}, "call": "flock", "fd": {}, "operation": ["LOCK_UN"]}})", as, quoted(fd)));
      } else {
        say(fmt::format(
            R"({{"as": {}, "call": "fcntl", "fd": {}, "cmd": "F_GETLK", "lock": {{"l_type": "F_WRLCK", {}}}, "expect": {{"lock": {{"l_type": "F_UNLCK"}}}}}})",
            as, quoted(fd), range_of(released.lock)));
      }
      break;
    }
  }
  for (const HeldLock& kept : held) {
    if (kept.lock.kind != Kind::posix || waited_for.count(kept.object) != 0) continue;
    for (const int actor : idle) {
      const std::string fd = name_for(world, actor, kept.object);
      HeldLock probe = kept;
      probe.lock.exclusive = true;
      probe.process = world.process_of(actor);
      const auto against =
          std::count_if(held.begin(), held.end(), [&](const HeldLock& other) { return other.stands_against(probe); });
      if (fd.empty() || probe.process == kept.process || against != 1) continue;
      say(fmt::format(
          R"({{"as": {}, "call": "fcntl", "fd": {}, "cmd": "F_GETLK", "lock": {{"l_type": "F_WRLCK", {}}}, "expect": {{"lock": {{"l_type": "{}"}}}}}})",
          quoted(world.name_of(actor)), quoted(fd), range_of(kept.lock), kept.lock.exclusive ? "F_WRLCK" : "F_RDLCK"));
      break;
    }
  }
  return lines;
}

}  // namespace kipc
