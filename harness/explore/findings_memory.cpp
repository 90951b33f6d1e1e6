// What survivors find of mutexes in shared memory.
#include <fmt/format.h>

#include <algorithm>

#include "explore/findings.hpp"

namespace kipc {
namespace {

/// An idle survivor who calls that place by the same name, or -1.
int who_can_try(const World& world, const MemoryPlace& place, const Mutex& mutex) {
  const std::string base = mutex.text.substr(0, mutex.text.find_first_of(".["));
  for (const int actor : idle_survivors(world)) {
    if (mutex.owner == actor) continue;
    for (const Snapshot::Placed& placed : world.snapshot().places) {
      if (placed.actor != actor || placed.name != base) continue;
      const auto here = world.place(actor, placed.address + static_cast<std::uint64_t>(mutex.from_base));
      if (here && !(*here < place) && !(place < *here)) return actor;
    }
  }
  return -1;
}

}  // namespace

/// POSIX pthread_mutex_trylock(): see fate_at_mutex().
std::vector<std::string> mutex_findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers,
                                        const std::set<int>& awake) {
  std::vector<std::string> lines;
  const World& world = now.world;
  const auto is_wanted = [&](const MemoryPlace& place, const Snapshot::Living& living) {
    const Step& step = *world.program().steps[static_cast<std::size_t>(living.blocked_in)];
    const Node* name = step.node.find("mutex");
    MemoryPlace wanted;
    if (name == nullptr) return false;
    const Mutex* mutex = mutex_of_sleeper(world, now.mutexes, living, name->text, &wanted);
    return mutex == nullptr || (!(wanted < place) && !(place < wanted));
  };
  for (const auto& [place, mutex] : now.mutexes) {
    const int actor = mutex.known && !mutex.lost && !mutex.text.empty() ? who_can_try(world, place, mutex) : -1;
    if (actor < 0) continue;
    const auto line = [&, &mutex = mutex](const char* call, const char* expect) {
      lines.push_back(fmt::format(R"({{"as": {}, "call": "pthread_mutex_{}", "mutex": {}, "expect": {}}})",
                                  quoted(world.name_of(actor)), call, quoted(mutex.text), expect));
    };
    const auto wanted = [&, &place = place](const Snapshot::Living& living) { return is_wanted(place, living); };
    const bool waited_for = std::any_of(sleepers.begin(), sleepers.end(), wanted);
    const bool inherited =
        std::any_of(world.snapshot().living.begin(), world.snapshot().living.end(),
                    [&](const auto& living) { return awake.count(living.actor) != 0 && wanted(living); });
    const bool owner_lives = mutex.owner >= 0 && world.lives(mutex.owner);
    if (owner_lives || inherited) {
      line("trylock", R"({"error": "EBUSY"})");
    } else if (mutex.left_by_the_dead(world)) {
      if (waited_for) continue;
      line("trylock", R"({"error": "EOWNERDEAD"})");
      line("consistent", R"({"return": 0})");
      line("unlock", R"({"return": 0})");
    } else if (mutex.owner >= 0) {
      if (!mutex.inherits) line("trylock", R"({"error": "EBUSY"})");
    } else if (!waited_for && !mutex.inconsistent) {
      line("trylock", R"({"return": 0})");
      line("unlock", R"({"return": 0})");
    }
  }
  return lines;
}

}  // namespace kipc
