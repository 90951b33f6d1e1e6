// Breakages of what waits in memory: futexes, pthread objects, POSIX semaphores, and all deadlines.
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <set>

#include "fault/break.hpp"
#include "values/pthread_types.hpp"

namespace kipc {
namespace {

bool is_lock(const Row& row) {
  return is_any_of(row, {"pthread_mutex_lock", "pthread_mutex_timedlock", "pthread_mutex_trylock"});
}

/// The attribute record of an init call, or nullptr.
AttributeValues* attributes(const Row& row, Frame& f) {
  const Slot* attr = argument(row, f, "attr");
  return attr != nullptr && attr->n == sizeof(AttributeValues) ? attr->as<AttributeValues>() : nullptr;
}

bool without_attribute(const Row& row, Frame& f, std::size_t which) {
  if (AttributeValues* values = attributes(row, f); values != nullptr) values->given[which] = false;
  return false;
}

// The attributes of a mutex in their order in mutex_attributes_type().
enum MutexAttribute : std::size_t { kShared, kRobust, kProtocol, kKind };

/// A robust mutex is an ordinary one.
bool mutex_not_robust(const Row& row, Frame& f) { return without_attribute(row, f, kRobust); }

/// A mutex has the default type whatever was asked for.
bool mutex_type_ignored(const Row& row, Frame& f) { return without_attribute(row, f, kKind); }

/// Objects are private to their process, whatever was asked for: waking reaches nobody in another one.
bool pshared_ignored(const Row& row, Frame& f) {
  if (row.name == "sem_init") return without(row, f, "pshared", -1);
  if (is_any_of(row, {"pthread_mutex_init", "pthread_cond_init", "pthread_rwlock_init", "pthread_barrier_init"}))
    return without_attribute(row, f, kShared);
  return false;
}

/// A dead owner's mutex is locked without EOWNERDEAD.
bool owner_death_hidden(const Row& row, Frame& f) {
  if (!is_lock(row)) return false;
  row.perform(f);
  if (f.result.err != EOWNERDEAD) return true;
  ::pthread_mutex_consistent(f[0].as<pthread_mutex_t>());
  f.returns_error(0);
  return true;
}

/// A mutex that is locked is locked once more. Only what was really locked is unlocked.
bool mutex_admits_all(const Row& row, Frame& f) {
  thread_local std::multiset<void*> pretended;
  if (row.name == "pthread_mutex_lock") {
    f.returns_error(::pthread_mutex_trylock(f[0].as<pthread_mutex_t>()));
    if (f.result.err != EBUSY) return true;
    pretended.insert(f[0].p);
    f.returns_error(0);
    return true;
  }
  if (row.name != "pthread_mutex_unlock") return false;
  const auto found = pretended.find(f[0].p);
  if (found == pretended.end()) return false;
  pretended.erase(found);
  f.returns_error(0);
  return true;
}

/// A write lock is a read lock: two writers at a time.
bool rwlock_admits_writers(const Row& row, Frame& f) {
  if (row.name == "pthread_rwlock_wrlock")
    f.returns_error(::pthread_rwlock_rdlock(f[0].as<pthread_rwlock_t>()));
  else if (row.name == "pthread_rwlock_trywrlock")
    f.returns_error(::pthread_rwlock_tryrdlock(f[0].as<pthread_rwlock_t>()));
  else
    return false;
  return true;
}

/// Nobody waits at a barrier.
bool barrier_open(const Row&, Frame& f) {
  f.returns_error(0);
  return true;
}

/// pthread_cond_signal wakes nobody.
bool cond_signal_lost(const Row&, Frame& f) {
  f.returns_error(0);
  return true;
}

/// pthread_cond_broadcast wakes one.
bool cond_broadcast_wakes_one(const Row&, Frame& f) {
  f.returns_error(::pthread_cond_signal(f[0].as<pthread_cond_t>()));
  return true;
}

/// sem_post to a semaphore of value 0 is forgotten, with those who wait for it.
bool sem_post_lost(const Row&, Frame& f) {
  int value = 0;
  if (f[0].p == nullptr || ::sem_getvalue(f[0].as<sem_t>(), &value) != 0 || value > 0) return false;
  succeed(f);
  return true;
}

/// sem_trywait takes from a semaphore of value 0.
bool sem_trywait_succeeds(const Row& row, Frame& f) {
  row.perform(f);
  if (f.result.err == EAGAIN) succeed(f);
  return true;
}

/// FUTEX_WAKE moves its waiters to a word that nobody wakes, and counts them as woken.
bool futex_wake_lost(const Row& row, Frame& f) {
  static std::uint32_t nowhere = 0;
  if (integer_argument(row, f, "futex_op") != FUTEX_WAKE) return false;
  const Slot* word = argument(row, f, "uaddr");
  const auto count = static_cast<std::uintptr_t>(integer_argument(row, f, "val"));
  const int is_private = integer_argument(row, f, "private") != 0 ? FUTEX_PRIVATE_FLAG : 0;
#ifdef SYS_futex
  constexpr long kCall = SYS_futex;
#else
  constexpr long kCall = SYS_futex_time64;
#endif
  f.returns(::syscall(kCall, word->p, FUTEX_REQUEUE | is_private, 0, count, &nowhere, 0));
  return true;
}

/// FUTEX_WAIT sleeps although the word has another value.
bool futex_wait_ignores_value(const Row& row, Frame& f) {
  if (integer_argument(row, f, "futex_op") != FUTEX_WAIT) return false;
  row.perform(f);
  while (f.result.err == EAGAIN) {
    argument(row, f, "val")->i = *argument(row, f, "uaddr")->as<volatile std::uint32_t>();
    row.perform(f);
  }
  return true;
}

/// Every deadline is 5 ms earlier, and every time-out as much shorter.
bool early_timeout(const Row& row, Frame& f) {
  constexpr long kEarlier = 5'000'000;
  constexpr long kSecond = 1'000'000'000;
  if (row.name == "time_point" || row.name == "clock_gettime") return false;
  for (const std::string_view name : {"abs_timeout", "abstime", "timeout"}) {
    Slot* time = argument(row, f, name);
    if (time == nullptr || time->p == nullptr || time->p == f.buffers[1].guard()) continue;
    auto* deadline = time->as<timespec>();
    if (deadline->tv_nsec < 0 || deadline->tv_nsec >= kSecond || deadline->tv_sec < 0) continue;
    if (deadline->tv_sec == 0 && deadline->tv_nsec <= kEarlier) continue;
    deadline->tv_nsec -= kEarlier;
    if (deadline->tv_nsec < 0) {
      deadline->tv_nsec += kSecond;
      --deadline->tv_sec;
    }
  }
  return false;
}

}  // namespace

std::vector<Saboteur> sync_saboteurs() {
  return {
      {"barrier-open", "Nobody waits at a barrier.", "pthread_barrier_wait", barrier_open},
      {"cond-broadcast-wakes-one", "pthread_cond_broadcast wakes one waiter.", "pthread_cond_broadcast",
       cond_broadcast_wakes_one},
      {"cond-signal-lost", "pthread_cond_signal wakes nobody.", "pthread_cond_signal", cond_signal_lost},
      {"early-timeout", "A wait ends with its time-out 5 ms before its deadline.", "", early_timeout},
      {"futex-wait-ignores-value", "FUTEX_WAIT sleeps although the word has another value.", "futex",
       futex_wait_ignores_value},
      {"futex-wake-lost", "FUTEX_WAKE counts its waiters and wakes none of them.", "futex", futex_wake_lost},
      {"mutex-admits-all", "A mutex that is locked is locked once more.", "", mutex_admits_all},
      {"mutex-not-robust", "A robust mutex is an ordinary one: its owner's death is not noticed.", "pthread_mutex_init",
       mutex_not_robust},
      {"mutex-type-ignored", "A mutex has the default type whatever was asked for.", "pthread_mutex_init",
       mutex_type_ignored},
      {"owner-death-hidden", "The mutex of a dead owner is locked without EOWNERDEAD.", "", owner_death_hidden},
      {"pshared-ignored", "Objects in shared memory are private to one process.", "", pshared_ignored},
      {"rwlock-admits-writers", "Two writers hold a read-write lock at a time.", "", rwlock_admits_writers},
      {"sem-post-lost", "sem_post to a semaphore of value 0 is forgotten, with those who wait.", "sem_post",
       sem_post_lost},
      {"sem-trywait-succeeds", "sem_trywait takes from a semaphore of value 0.", "sem_trywait", sem_trywait_succeeds},
  };
}

}  // namespace kipc
