// Rows: mutexes.
#include <pthread.h>
#include <time.h>

#include "calls/pthread_calls.hpp"

namespace kipc {

std::vector<Row> pthread_mutex_rows() {
  const Param mutex = in("mutex", mutex_type());
  return {
      Row{.name = "pthread_mutex_clocklock",
          .areas = kPshared,
          .doc = "As pthread_mutex_lock, but waits until abstime on that clock at most.",
          .source = "POSIX.1-2024 pthread_mutex_clocklock(), glibc manual \"POSIX Threads\"",
          .params = with_clock({mutex}),
          .returns = Returns::error,
          .sleeps = kFutexWaits,
          .perform =
              [](Frame& f) {
                f.returns_error(::pthread_mutex_clocklock(f[0].as<pthread_mutex_t>(), static_cast<clockid_t>(f[1].i),
                                                          deadline(f, 1)));
              }},
      object_row<pthread_mutex_t, ::pthread_mutex_consistent>(
          "pthread_mutex_consistent", mutex, "Declares what a mutex guards in order again, after EOWNERDEAD.",
          "POSIX.1-2024 pthread_mutex_consistent(), pthread_mutex_consistent(3)"),
      object_row<pthread_mutex_t, ::pthread_mutex_destroy>(
          "pthread_mutex_destroy", mutex, "Ends a mutex.",
          "POSIX.1-2024 pthread_mutex_destroy(), pthread_mutex_init(3)"),
      Row{.name = "pthread_mutex_init",
          .areas = kPshared,
          .doc = "Makes a mutex with these attributes; an attribute that is refused is this call's error.",
          .source = "POSIX.1-2024 pthread_mutex_init(), pthread_mutex_init(3)",
          .params = {mutex, optional("attr", mutex_attributes_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) {
                Attributes<pthread_mutexattr_t> attr(f[1], ::pthread_mutexattr_init, ::pthread_mutexattr_destroy);
                attr.set(0, ::pthread_mutexattr_setpshared);
                attr.set(1, ::pthread_mutexattr_setrobust);
                attr.set(2, ::pthread_mutexattr_setprotocol);
                attr.set(3, ::pthread_mutexattr_settype);
                attr.set(4, ::pthread_mutexattr_setprioceiling);
                f.returns_error(attr.make(f[0].as<pthread_mutex_t>(), ::pthread_mutex_init));
              }},
      object_row<pthread_mutex_t, ::pthread_mutex_lock>(
          "pthread_mutex_lock", mutex, "Locks a mutex, waiting until it is free.",
          "POSIX.1-2024 pthread_mutex_lock(), pthread_mutex_lock(3)", kFutexWaits),
      Row{.name = "pthread_mutex_timedlock",
          .areas = kPshared,
          .doc = "As pthread_mutex_lock, but waits until abstime (CLOCK_REALTIME) at most.",
          .source = "POSIX.1-2024 pthread_mutex_timedlock(), glibc manual \"POSIX Threads\"",
          .params = {mutex, in("abstime", absolute_time_type(CLOCK_REALTIME))},
          .returns = Returns::error,
          .sleeps = kFutexWaits,
          .perform =
              [](Frame& f) {
                f.returns_error(::pthread_mutex_timedlock(f[0].as<pthread_mutex_t>(), f[1].as<timespec>()));
              }},
      object_row<pthread_mutex_t, ::pthread_mutex_trylock>(
          "pthread_mutex_trylock", mutex, "Locks a mutex if it is free.",
          "POSIX.1-2024 pthread_mutex_trylock(), pthread_mutex_lock(3)"),
      object_row<pthread_mutex_t, ::pthread_mutex_unlock>("pthread_mutex_unlock", mutex, "Unlocks a mutex.",
                                                          "POSIX.1-2024 pthread_mutex_unlock(), pthread_mutex_lock(3)"),
  };
}

}  // namespace kipc
