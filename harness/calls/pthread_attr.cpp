// Rows: attribute objects of mutexes, condition variables, read-write locks and barriers.
#include <pthread.h>

#include "calls/pthread_calls.hpp"

namespace kipc {
namespace {

template <typename Attr, typename Value, int (*Function)(Attr*, Value)>
Row set_row(std::string_view name, const Type& attr, std::string_view param, const Type& type,
            std::string_view source) {
  return Row{.name = name,
             .areas = kPshared,
             .doc = "Sets one attribute in an attribute object.",
             .source = source,
             .params = {in("attr", attr), in(param, type)},
             .returns = Returns::error,
             .perform = [](Frame& f) { f.returns_error(Function(f[0].as<Attr>(), static_cast<Value>(f[1].i))); }};
}

template <typename Attr, typename Value, int (*Function)(const Attr*, Value*)>
Row get_row(std::string_view name, const Type& attr, std::string_view param, const Type& type,
            std::string_view source) {
  return Row{.name = name,
             .areas = kPshared,
             .doc = "Reads one attribute of an attribute object.",
             .source = source,
             .params = {in("attr", attr), out(param, type)},
             .returns = Returns::error,
             .perform = [](Frame& f) {
               Value value = {};
               f.returns_error(Function(f[0].as<Attr>(), &value));
               if (f.result.err == 0) f.out_integer(1, static_cast<std::int64_t>(value));
             }};
}

using Mutex = pthread_mutexattr_t;
using Cond = pthread_condattr_t;
using Rwlock = pthread_rwlockattr_t;
using Barrier = pthread_barrierattr_t;

constexpr std::string_view kInit = "Makes an attribute object with the defaults.";
constexpr std::string_view kDestroy = "Ends an attribute object; what was made with it stays as it is.";

std::vector<Row> mutexattr_rows() {
  const Type& attr = mutexattr_type();
  const Param object = in("attr", attr);
  return {
      object_row<Mutex, ::pthread_mutexattr_destroy>("pthread_mutexattr_destroy", object, kDestroy,
                                                     "POSIX.1-2024 pthread_mutexattr_destroy()"),
      get_row<Mutex, int, ::pthread_mutexattr_getprioceiling>("pthread_mutexattr_getprioceiling", attr, "prioceiling",
                                                              integer_type(),
                                                              "POSIX.1-2024 pthread_mutexattr_getprioceiling()"),
      get_row<Mutex, int, ::pthread_mutexattr_getprotocol>("pthread_mutexattr_getprotocol", attr, "protocol",
                                                           protocol_type(),
                                                           "POSIX.1-2024 pthread_mutexattr_getprotocol()"),
      get_row<Mutex, int, ::pthread_mutexattr_getpshared>("pthread_mutexattr_getpshared", attr, "pshared",
                                                          pshared_type(),
                                                          "POSIX.1-2024 pthread_mutexattr_getpshared()"),
      get_row<Mutex, int, ::pthread_mutexattr_getrobust>("pthread_mutexattr_getrobust", attr, "robust",
                                                         robustness_type(),
                                                         "POSIX.1-2024 pthread_mutexattr_getrobust()"),
      get_row<Mutex, int, ::pthread_mutexattr_gettype>("pthread_mutexattr_gettype", attr, "type", mutex_kind_type(),
                                                       "POSIX.1-2024 pthread_mutexattr_gettype()"),
      object_row<Mutex, ::pthread_mutexattr_init>("pthread_mutexattr_init", object, kInit,
                                                  "POSIX.1-2024 pthread_mutexattr_init()"),
      set_row<Mutex, int, ::pthread_mutexattr_setprioceiling>("pthread_mutexattr_setprioceiling", attr, "prioceiling",
                                                              integer_type(),
                                                              "POSIX.1-2024 pthread_mutexattr_setprioceiling()"),
      set_row<Mutex, int, ::pthread_mutexattr_setprotocol>("pthread_mutexattr_setprotocol", attr, "protocol",
                                                           protocol_type(),
                                                           "POSIX.1-2024 pthread_mutexattr_setprotocol()"),
      set_row<Mutex, int, ::pthread_mutexattr_setpshared>("pthread_mutexattr_setpshared", attr, "pshared",
                                                          pshared_type(),
                                                          "POSIX.1-2024 pthread_mutexattr_setpshared()"),
      set_row<Mutex, int, ::pthread_mutexattr_setrobust>("pthread_mutexattr_setrobust", attr, "robust",
                                                         robustness_type(),
                                                         "POSIX.1-2024 pthread_mutexattr_setrobust()"),
      set_row<Mutex, int, ::pthread_mutexattr_settype>("pthread_mutexattr_settype", attr, "type", mutex_kind_type(),
                                                       "POSIX.1-2024 pthread_mutexattr_settype()"),
  };
}

std::vector<Row> other_rows() {
  const Type& cond = condattr_type();
  const Type& rwlock = rwlockattr_type();
  const Type& barrier = barrierattr_type();
  return {
      object_row<Barrier, ::pthread_barrierattr_destroy>("pthread_barrierattr_destroy", in("attr", barrier), kDestroy,
                                                         "POSIX.1-2024 pthread_barrierattr_destroy()"),
      get_row<Barrier, int, ::pthread_barrierattr_getpshared>("pthread_barrierattr_getpshared", barrier, "pshared",
                                                              pshared_type(),
                                                              "POSIX.1-2024 pthread_barrierattr_getpshared()"),
      object_row<Barrier, ::pthread_barrierattr_init>("pthread_barrierattr_init", in("attr", barrier), kInit,
                                                      "POSIX.1-2024 pthread_barrierattr_init()"),
      set_row<Barrier, int, ::pthread_barrierattr_setpshared>("pthread_barrierattr_setpshared", barrier, "pshared",
                                                              pshared_type(),
                                                              "POSIX.1-2024 pthread_barrierattr_setpshared()"),
      object_row<Cond, ::pthread_condattr_destroy>("pthread_condattr_destroy", in("attr", cond), kDestroy,
                                                   "POSIX.1-2024 pthread_condattr_destroy()"),
      get_row<Cond, clockid_t, ::pthread_condattr_getclock>(
          "pthread_condattr_getclock", cond, "clock_id", cond_clock_type(), "POSIX.1-2024 pthread_condattr_getclock()"),
      get_row<Cond, int, ::pthread_condattr_getpshared>("pthread_condattr_getpshared", cond, "pshared", pshared_type(),
                                                        "POSIX.1-2024 pthread_condattr_getpshared()"),
      object_row<Cond, ::pthread_condattr_init>("pthread_condattr_init", in("attr", cond), kInit,
                                                "POSIX.1-2024 pthread_condattr_init()"),
      set_row<Cond, clockid_t, ::pthread_condattr_setclock>(
          "pthread_condattr_setclock", cond, "clock_id", cond_clock_type(), "POSIX.1-2024 pthread_condattr_setclock()"),
      set_row<Cond, int, ::pthread_condattr_setpshared>("pthread_condattr_setpshared", cond, "pshared", pshared_type(),
                                                        "POSIX.1-2024 pthread_condattr_setpshared()"),
      object_row<Rwlock, ::pthread_rwlockattr_destroy>("pthread_rwlockattr_destroy", in("attr", rwlock), kDestroy,
                                                       "POSIX.1-2024 pthread_rwlockattr_destroy()"),
      get_row<Rwlock, int, ::pthread_rwlockattr_getpshared>("pthread_rwlockattr_getpshared", rwlock, "pshared",
                                                            pshared_type(),
                                                            "POSIX.1-2024 pthread_rwlockattr_getpshared()"),
      object_row<Rwlock, ::pthread_rwlockattr_init>("pthread_rwlockattr_init", in("attr", rwlock), kInit,
                                                    "POSIX.1-2024 pthread_rwlockattr_init()"),
      set_row<Rwlock, int, ::pthread_rwlockattr_setpshared>("pthread_rwlockattr_setpshared", rwlock, "pshared",
                                                            pshared_type(),
                                                            "POSIX.1-2024 pthread_rwlockattr_setpshared()"),
  };
}

}  // namespace

std::vector<Row> pthread_attr_rows() {
  std::vector<Row> rows = mutexattr_rows();
  for (Row& row : other_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
