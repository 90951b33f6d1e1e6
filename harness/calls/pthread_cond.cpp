// Rows: condition variables.
#include <pthread.h>
#include <time.h>

#include "calls/pthread_calls.hpp"

namespace kipc {

// Signalling and destroying may wait too: until waiters of an earlier round have left.
std::vector<Row> pthread_cond_rows() {
  const Param cond = in("cond", cond_type());
  const Param mutex = in("mutex", mutex_type());
  return {
      object_row<pthread_cond_t, ::pthread_cond_broadcast>(
          "pthread_cond_broadcast", cond, "Wakes all that wait on a condition variable.",
          "POSIX.1-2024 pthread_cond_broadcast(), pthread_cond_init(3)", kFutexWaits),
      Row{.name = "pthread_cond_clockwait",
          .areas = kPshared,
          .doc = "As pthread_cond_wait, but waits until abstime on that clock at most.",
          .source = "POSIX.1-2024 pthread_cond_clockwait(), glibc manual \"POSIX Threads\"",
          .params = with_clock({cond, mutex}),
          .returns = Returns::error,
          .sleeps = kFutexWaits,
          .releases_sections = true,
          .perform =
              [](Frame& f) {
                f.returns_error(::pthread_cond_clockwait(f[0].as<pthread_cond_t>(), f[1].as<pthread_mutex_t>(),
                                                         static_cast<clockid_t>(f[2].i), deadline(f, 2)));
              }},
      object_row<pthread_cond_t, ::pthread_cond_destroy>(
          "pthread_cond_destroy", cond, "Ends a condition variable, waiting until those woken have left it.",
          "POSIX.1-2024 pthread_cond_destroy(), pthread_cond_init(3)", kFutexWaits),
      Row{.name = "pthread_cond_init",
          .areas = kPshared,
          .doc = "Makes a condition variable with these attributes; an attribute that is refused is this call's error.",
          .source = "POSIX.1-2024 pthread_cond_init(), pthread_cond_init(3)",
          .params = {cond, optional("attr", cond_attributes_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) {
                Attributes<pthread_condattr_t> attr(f[1], ::pthread_condattr_init, ::pthread_condattr_destroy);
                attr.set(0, ::pthread_condattr_setpshared);
                attr.set(1, ::pthread_condattr_setclock);
                f.returns_error(attr.make(f[0].as<pthread_cond_t>(), ::pthread_cond_init));
              }},
      object_row<pthread_cond_t, ::pthread_cond_signal>(
          "pthread_cond_signal", cond, "Wakes at least one of those that wait on a condition variable.",
          "POSIX.1-2024 pthread_cond_signal(), pthread_cond_init(3)", kFutexWaits),
      Row{.name = "pthread_cond_timedwait",
          .areas = kPshared,
          .doc = "As pthread_cond_wait, but until abstime at most, on the condition variable's clock. \"after\" is "
                 "counted "
                 "on CLOCK_REALTIME: with another clock use a time_point.",
          .source = "POSIX.1-2024 pthread_cond_timedwait(), pthread_cond_init(3)",
          .params = {cond, mutex, in("abstime", absolute_time_type(CLOCK_REALTIME))},
          .returns = Returns::error,
          .sleeps = kFutexWaits,
          .releases_sections = true,
          .perform =
              [](Frame& f) {
                f.returns_error(::pthread_cond_timedwait(f[0].as<pthread_cond_t>(), f[1].as<pthread_mutex_t>(),
                                                         f[2].as<timespec>()));
              }},
      Row{.name = "pthread_cond_wait",
          .areas = kPshared,
          .doc = "Unlocks the mutex, waits to be woken, and locks it again.",
          .source = "POSIX.1-2024 pthread_cond_wait(), pthread_cond_init(3)",
          .params = {cond, mutex},
          .returns = Returns::error,
          .sleeps = kFutexWaits,
          .releases_sections = true,
          .perform =
              [](Frame& f) {
                f.returns_error(::pthread_cond_wait(f[0].as<pthread_cond_t>(), f[1].as<pthread_mutex_t>()));
              }},
  };
}

}  // namespace kipc
