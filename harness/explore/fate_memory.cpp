// What becomes of sleepers in shared memory: mutexes, condition variables, futexes.
#include <fmt/format.h>

#include <algorithm>

#include "explore/fate.hpp"

namespace kipc {
namespace {

std::string text_at(const Step& step, const char* argument) {
  const Node* node = step.node.find(argument);
  return node != nullptr && node->is_string() ? node->text : "";
}

}  // namespace

/// POSIX pthread_mutex_lock(): when the owner of a robust mutex ends, the next owner gets EOWNERDEAD. Of a mutex that
/// is not robust nothing is said (pthread_mutexattr_setrobust(), PTHREAD_MUTEX_STALLED): it stays locked.
Fate fate_at_mutex(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  MemoryPlace place;
  const Mutex* mutex = mutex_of_sleeper(now.world, now.mutexes, sleeper, text_at(step, "mutex"), &place);
  if (mutex == nullptr || !mutex->known || mutex->owner < 0) return {};
  if (now.world.lives(mutex->owner)) return {Fate::Kind::stays};
  if (mutex->left_by_the_dead(now.world))
    return {Fate::Kind::one_of, R"({"error": "EOWNERDEAD"})", fmt::format("mutex {}+{}", place.object, place.offset)};
  return {mutex->inherits ? Fate::Kind::unruled : Fate::Kind::stays};
}

/// Nobody's death wakes who waits to be signalled. Who was signalled waits for the mutex.
Fate fate_at_cond(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  const auto& program = now.world.program();
  const auto& events = now.world.history().events;
  const std::size_t until = std::min(now.world.snapshot().events, events.size());
  std::size_t slept = until;
  for (std::size_t i = 0; i < until; ++i)
    if (events[i].kind == Event::Kind::slept && events[i].actor == sleeper.actor && events[i].step == step.id)
      slept = i;
  if (slept == until) return {};
  for (std::size_t i = slept; i < until; ++i) {
    const Step* call = events[i].step < 0 ? nullptr : program.steps[static_cast<std::size_t>(events[i].step)];
    if (call == nullptr || call->row == nullptr) continue;
    if (call->row->name != "pthread_cond_signal" && call->row->name != "pthread_cond_broadcast") continue;
    return fate_at_mutex(now, sleeper, step);
  }
  return {Fate::Kind::stays};
}

/// futex(2): only robust lists, their words and PI owners have to do with a death.
Fate fate_at_futex(const Circumstances& now, const Step& step) {
  const std::string operation = text_at(step, "futex_op");
  if (now.script.own_robust_lists || mentions(now.world.program(), "set_tid_address")) return {};
  if (step.row->name == "futex_waitv" || operation == "FUTEX_WAIT" || operation == "FUTEX_WAIT_BITSET")
    return {Fate::Kind::stays};
  return {};
}

}  // namespace kipc
