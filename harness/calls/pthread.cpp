// Rows: barriers and spin locks.
#include <pthread.h>

#include "calls/pthread_calls.hpp"

namespace kipc {

std::vector<Row> pthread_rows() {
  const Param barrier = in("barrier", barrier_type());
  const Param lock = in("lock", spinlock_type());
  return {
      object_row<pthread_barrier_t, ::pthread_barrier_destroy>(
          "pthread_barrier_destroy", barrier, "Ends a barrier, waiting until all have left it.",
          "POSIX.1-2024 pthread_barrier_destroy(), glibc manual \"POSIX Threads\"", kFutexWaits),
      Row{.name = "pthread_barrier_init",
          .areas = kPshared,
          .doc = "Makes a barrier for count threads.",
          .source = "POSIX.1-2024 pthread_barrier_init(), glibc manual \"POSIX Threads\"",
          .params = {barrier, optional("attr", barrier_attributes_type()), in("count", integer_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) {
                Attributes<pthread_barrierattr_t> attr(f[1], ::pthread_barrierattr_init, ::pthread_barrierattr_destroy);
                attr.set(0, ::pthread_barrierattr_setpshared);
                f.returns_error(attr.make(f[0].as<pthread_barrier_t>(), ::pthread_barrier_init, f[2].as_unsigned()));
              }},
      Row{.name = "pthread_barrier_wait",
          .areas = kPshared,
          .doc = "Waits until as many threads wait as the barrier has. One of them gets PTHREAD_BARRIER_SERIAL_THREAD, "
                 "the others 0.",
          .source = "POSIX.1-2024 pthread_barrier_wait(), glibc manual \"POSIX Threads\"",
          .params = {barrier},
          .returns = Returns::integer,
          .sleeps = kFutexWaits,
          .perform =
              [](Frame& f) {
                f.result.ret = ::pthread_barrier_wait(f[0].as<pthread_barrier_t>());
                const bool passed = f.result.ret == 0 || f.result.ret == PTHREAD_BARRIER_SERIAL_THREAD;
                f.result.err = passed ? 0 : static_cast<int>(f.result.ret);
              }},
      object_row<pthread_spinlock_t, ::pthread_spin_destroy>(
          "pthread_spin_destroy", lock, "Ends a spin lock.",
          "POSIX.1-2024 pthread_spin_destroy(), pthread_spin_init(3)"),
      Row{.name = "pthread_spin_init",
          .areas = kPshared,
          .doc = "Makes a spin lock.",
          .source = "POSIX.1-2024 pthread_spin_init(), pthread_spin_init(3)",
          .params = {lock, in("pshared", pshared_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) { f.returns_error(::pthread_spin_init(f[0].as<pthread_spinlock_t>(), f[1].as_int())); }},
      object_row<pthread_spinlock_t, ::pthread_spin_lock>("pthread_spin_lock", lock,
                                                          "Locks a spin lock, spinning until it is free.",
                                                          "POSIX.1-2024 pthread_spin_lock(), pthread_spin_lock(3)"),
      object_row<pthread_spinlock_t, ::pthread_spin_trylock>(
          "pthread_spin_trylock", lock, "Locks a spin lock if it is free.",
          "POSIX.1-2024 pthread_spin_trylock(), pthread_spin_lock(3)"),
      object_row<pthread_spinlock_t, ::pthread_spin_unlock>("pthread_spin_unlock", lock, "Unlocks a spin lock.",
                                                            "POSIX.1-2024 pthread_spin_unlock(), pthread_spin_lock(3)"),
  };
}

}  // namespace kipc
