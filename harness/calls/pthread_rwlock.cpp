// Rows: read-write locks.
#include <pthread.h>
#include <time.h>

#include "calls/pthread_calls.hpp"

namespace kipc {
namespace {

using Timed = int (*)(pthread_rwlock_t*, const timespec*);
using Clocked = int (*)(pthread_rwlock_t*, clockid_t, const timespec*);

template <Timed Function>
Row timed_row(std::string_view name, std::string_view doc, std::string_view source) {
  return Row{.name = name,
             .areas = kPshared,
             .doc = doc,
             .source = source,
             .params = {in("rwlock", rwlock_type()), in("abstime", absolute_time_type(CLOCK_REALTIME))},
             .returns = Returns::error,
             .sleeps = kFutexWaits,
             .perform = [](Frame& f) { f.returns_error(Function(f[0].as<pthread_rwlock_t>(), f[1].as<timespec>())); }};
}

template <Clocked Function>
Row clocked_row(std::string_view name, std::string_view doc, std::string_view source) {
  return Row{.name = name,
             .areas = kPshared,
             .doc = doc,
             .source = source,
             .params = with_clock({in("rwlock", rwlock_type())}),
             .returns = Returns::error,
             .sleeps = kFutexWaits,
             .perform = [](Frame& f) {
               f.returns_error(Function(f[0].as<pthread_rwlock_t>(), static_cast<clockid_t>(f[1].i), deadline(f, 1)));
             }};
}

}  // namespace

std::vector<Row> pthread_rwlock_rows() {
  const Param rwlock = in("rwlock", rwlock_type());
  using Lock = pthread_rwlock_t;
  return {
      clocked_row<::pthread_rwlock_clockrdlock>(
          "pthread_rwlock_clockrdlock", "As pthread_rwlock_rdlock, but waits until abstime on that clock at most.",
          "POSIX.1-2024 pthread_rwlock_clockrdlock(), glibc manual \"POSIX Threads\""),
      clocked_row<::pthread_rwlock_clockwrlock>(
          "pthread_rwlock_clockwrlock", "As pthread_rwlock_wrlock, but waits until abstime on that clock at most.",
          "POSIX.1-2024 pthread_rwlock_clockwrlock(), glibc manual \"POSIX Threads\""),
      object_row<Lock, ::pthread_rwlock_destroy>("pthread_rwlock_destroy", rwlock, "Ends a read-write lock.",
                                                 "POSIX.1-2024 pthread_rwlock_destroy()"),
      Row{.name = "pthread_rwlock_init",
          .areas = kPshared,
          .doc = "Makes a read-write lock with these attributes; an attribute that is refused is this call's error.",
          .source = "POSIX.1-2024 pthread_rwlock_init(), pthread_rwlockattr_setkind_np(3)",
          .params = {rwlock, optional("attr", rwlock_attributes_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) {
                Attributes<pthread_rwlockattr_t> attr(f[1], ::pthread_rwlockattr_init, ::pthread_rwlockattr_destroy);
                attr.set(0, ::pthread_rwlockattr_setpshared);
#ifdef __GLIBC__
                attr.set(1, ::pthread_rwlockattr_setkind_np);
#endif
                f.returns_error(attr.make(f[0].as<Lock>(), ::pthread_rwlock_init));
              }},
      object_row<Lock, ::pthread_rwlock_rdlock>("pthread_rwlock_rdlock", rwlock,
                                                "Locks for reading, waiting until no writer has the lock.",
                                                "POSIX.1-2024 pthread_rwlock_rdlock()", kFutexWaits),
      timed_row<::pthread_rwlock_timedrdlock>(
          "pthread_rwlock_timedrdlock", "As pthread_rwlock_rdlock, but waits until abstime (CLOCK_REALTIME) at most.",
          "POSIX.1-2024 pthread_rwlock_timedrdlock()"),
      timed_row<::pthread_rwlock_timedwrlock>(
          "pthread_rwlock_timedwrlock", "As pthread_rwlock_wrlock, but waits until abstime (CLOCK_REALTIME) at most.",
          "POSIX.1-2024 pthread_rwlock_timedwrlock()"),
      object_row<Lock, ::pthread_rwlock_tryrdlock>("pthread_rwlock_tryrdlock", rwlock,
                                                   "Locks for reading if that needs no waiting.",
                                                   "POSIX.1-2024 pthread_rwlock_tryrdlock()"),
      object_row<Lock, ::pthread_rwlock_trywrlock>("pthread_rwlock_trywrlock", rwlock,
                                                   "Locks for writing if that needs no waiting.",
                                                   "POSIX.1-2024 pthread_rwlock_trywrlock()"),
      object_row<Lock, ::pthread_rwlock_unlock>("pthread_rwlock_unlock", rwlock, "Gives up a lock.",
                                                "POSIX.1-2024 pthread_rwlock_unlock()"),
      object_row<Lock, ::pthread_rwlock_wrlock>("pthread_rwlock_wrlock", rwlock,
                                                "Locks for writing, waiting until nobody has the lock.",
                                                "POSIX.1-2024 pthread_rwlock_wrlock()", kFutexWaits),
  };
}

}  // namespace kipc
