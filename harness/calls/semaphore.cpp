// Rows: POSIX semaphores.
#include <fcntl.h>
#include <semaphore.h>
#include <time.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kSem = {"sem"};

#ifdef SYS_futex_time64
const std::vector<long> kWaits = {SYS_futex, SYS_futex_time64};
#else
const std::vector<long> kWaits = {SYS_futex};
#endif

const Type& open_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_CREAT), KIPC_CONSTANT(O_EXCL)};
  static const auto type = make_flags_type("sem_open flags", kFlags);
  return *type;
}

const Type& clocks() {
  static constexpr std::array kClocks = {KIPC_CONSTANT(CLOCK_MONOTONIC), KIPC_CONSTANT(CLOCK_REALTIME)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

std::vector<Row> lifetime_rows() {
  return {
      Row{.name = "sem_close",
          .areas = kSem,
          .doc = "Closes a named semaphore.",
          .source = "POSIX.1-2024 sem_close(), sem_close(3)",
          .params = {in("sem", semaphore_type())},
          .perform = [](Frame& f) { f.returns(::sem_close(f[0].as<sem_t>())); }},
      Row{.name = "sem_destroy",
          .areas = kSem,
          .doc = "Ends an unnamed semaphore.",
          .source = "POSIX.1-2024 sem_destroy(), sem_destroy(3)",
          .params = {in("sem", semaphore_type())},
          .perform = [](Frame& f) { f.returns(::sem_destroy(f[0].as<sem_t>())); }},
      Row{.name = "sem_init",
          .areas = kSem,
          .doc = "Makes an unnamed semaphore at a place in memory.",
          .source = "POSIX.1-2024 sem_init(), sem_init(3)",
          .params = {in("sem", semaphore_type()), in("pshared", integer_type()), in("value", integer_type())},
          .perform = [](Frame& f) { f.returns(::sem_init(f[0].as<sem_t>(), f[1].as_int(), f[2].as_unsigned())); }},
      Row{.name = "sem_open",
          .areas = kSem,
          .doc = "Opens or creates a named semaphore; mode is 0600 and value 0 unless given.",
          .source = "POSIX.1-2024 sem_open(), sem_open(3)",
          .params = {in("name", object_name_type()), optional("oflag", open_flags(), "[]"),
                     optional("mode", mode_type(), "\"0600\""), optional("value", integer_type(), "0")},
          .returns = Returns::semaphore,
          .perform =
              [](Frame& f) {
                f.returns_address(
                    ::sem_open(f[0].text(), f[1].as_int(), static_cast<mode_t>(f[2].i), f[3].as_unsigned()),
                    SEM_FAILED);
              }},
      Row{.name = "sem_unlink",
          .areas = kSem,
          .doc = "Removes the name of a semaphore.",
          .source = "POSIX.1-2024 sem_unlink(), sem_unlink(3)",
          .params = {in("name", object_name_type())},
          .perform = [](Frame& f) { f.returns(::sem_unlink(f[0].text())); }},
  };
}

std::vector<Row> wait_rows() {
  return {
      Row{.name = "sem_clockwait",
          .areas = kSem,
          .doc = "As sem_wait, but waits until abs_timeout on that clock at most.",
          .source = "POSIX.1-2024 sem_clockwait(), glibc manual \"Semaphores\"",
          .params = {in("sem", semaphore_type()), selector("clockid", clocks()),
                     only_for(in("abs_timeout", absolute_time_type(CLOCK_MONOTONIC)), {"CLOCK_MONOTONIC"}),
                     only_for(in("abs_timeout", absolute_time_type(CLOCK_REALTIME)), {"CLOCK_REALTIME"})},
          .sleeps = kWaits,
          .perform =
              [](Frame& f) {
                timespec none = {};
                const timespec* until = f[2].given ? f[2].as<timespec>() : f[3].given ? f[3].as<timespec>() : &none;
                f.returns(::sem_clockwait(f[0].as<sem_t>(), static_cast<clockid_t>(f[1].i), until));
              }},
      Row{.name = "sem_getvalue",
          .areas = kSem,
          .doc = "Reads the value of a semaphore.",
          .source = "POSIX.1-2024 sem_getvalue(), sem_getvalue(3)",
          .params = {in("sem", semaphore_type()), out("sval", out_integer_type())},
          .perform =
              [](Frame& f) {
                int* value = out_place<int>(f, 1);
                f.returns(::sem_getvalue(f[0].as<sem_t>(), value));
                report_integer(f, 1, value);
              }},
      Row{.name = "sem_post",
          .areas = kSem,
          .doc = "Unlocks a semaphore: wakes a waiter, or adds one to its value.",
          .source = "POSIX.1-2024 sem_post(), sem_post(3)",
          .params = {in("sem", semaphore_type())},
          .perform = [](Frame& f) { f.returns(::sem_post(f[0].as<sem_t>())); }},
      Row{.name = "sem_timedwait",
          .areas = kSem,
          .doc = "As sem_wait, but waits until abs_timeout (CLOCK_REALTIME) at most.",
          .source = "POSIX.1-2024 sem_timedwait(), sem_wait(3)",
          .params = {in("sem", semaphore_type()), in("abs_timeout", absolute_time_type(CLOCK_REALTIME))},
          .sleeps = kWaits,
          .perform = [](Frame& f) { f.returns(::sem_timedwait(f[0].as<sem_t>(), f[1].as<timespec>())); }},
      Row{.name = "sem_trywait",
          .areas = kSem,
          .doc = "Locks a semaphore if its value is positive.",
          .source = "POSIX.1-2024 sem_trywait(), sem_wait(3)",
          .params = {in("sem", semaphore_type())},
          .perform = [](Frame& f) { f.returns(::sem_trywait(f[0].as<sem_t>())); }},
      Row{.name = "sem_wait",
          .areas = kSem,
          .doc = "Locks a semaphore, waiting until its value is positive.",
          .source = "POSIX.1-2024 sem_wait(), sem_wait(3)",
          .params = {in("sem", semaphore_type())},
          .sleeps = kWaits,
          .perform = [](Frame& f) { f.returns(::sem_wait(f[0].as<sem_t>())); }},
  };
}

}  // namespace

std::vector<Row> semaphore_rows() {
  std::vector<Row> rows = lifetime_rows();
  for (Row& row : wait_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
