// Rows: timers that send signals.
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/sigevent.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kTimer = {"signal"};

const Type& clocks() {
  static constexpr std::array kClocks = {
      KIPC_CONSTANT(CLOCK_BOOTTIME), KIPC_CONSTANT(CLOCK_MONOTONIC),          KIPC_CONSTANT(CLOCK_REALTIME),
      KIPC_CONSTANT(CLOCK_TAI),      KIPC_CONSTANT(CLOCK_PROCESS_CPUTIME_ID), KIPC_CONSTANT(CLOCK_THREAD_CPUTIME_ID)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

const Type& interval_timers() {
  static constexpr std::array kTimers = {KIPC_CONSTANT(ITIMER_PROF), KIPC_CONSTANT(ITIMER_REAL),
                                         KIPC_CONSTANT(ITIMER_VIRTUAL)};
  static const auto type = make_enum_type("interval timer", kTimers);
  return *type;
}

const Type& settime_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(TIMER_ABSTIME)};
  static const auto type = make_flags_type("timer_settime flags", kFlags);
  return *type;
}

const Type& itimerspec_type() {
  static const std::array kFields = {KIPC_FIELD(itimerspec, it_interval.tv_sec),
                                     KIPC_FIELD(itimerspec, it_interval.tv_nsec),
                                     KIPC_FIELD(itimerspec, it_value.tv_sec), KIPC_FIELD(itimerspec, it_value.tv_nsec)};
  static const StructType kType = {"struct itimerspec", sizeof(itimerspec), kFields};
  static const auto type = make_struct_type(kType);
  return *type;
}

const Type& itimerval_type() {
  static const std::array kFields = {KIPC_FIELD(itimerval, it_interval.tv_sec),
                                     KIPC_FIELD(itimerval, it_interval.tv_usec), KIPC_FIELD(itimerval, it_value.tv_sec),
                                     KIPC_FIELD(itimerval, it_value.tv_usec)};
  static const StructType kType = {"struct itimerval", sizeof(itimerval), kFields};
  static const auto type = make_struct_type(kType);
  return *type;
}

timer_t timer_of(const Slot& slot) { return reinterpret_cast<timer_t>(static_cast<std::intptr_t>(slot.i)); }

}  // namespace

std::vector<Row> timer_rows() {
  return {
      Row{.name = "alarm",
          .areas = kTimer,
          .doc =
              "Sends SIGALRM to the caller after so many seconds; 0 for never. Returns what was left of the last one.",
          .source = "POSIX.1-2024 alarm(), alarm(2)",
          .params = {in("seconds", integer_type())},
          .returns = Returns::integer,
          .perform = [](Frame& f) { f.returns(static_cast<std::int64_t>(::alarm(f[0].as_unsigned()))); }},
      Row{.name = "setitimer",
          .areas = kTimer,
          .doc = "Starts or stops one of the process's three interval timers.",
          .source = "POSIX.1-2017 setitimer(), setitimer(2)",
          .params = {in("which", interval_timers()), in("new_value", itimerval_type()),
                     out("old_value", itimerval_type())},
          .perform =
              [](Frame& f) {
                auto* old = out_place<itimerval>(f, 2);
                f.returns(::setitimer(f[0].as_int(), f[1].as<itimerval>(), old));
                report_structure(f, 2, old);
              }},
      Row{.name = "timer_create",
          .areas = kTimer,
          .doc = "Makes a timer and binds it; without sevp it sends SIGALRM. SIGEV_THREAD makes the actor named in "
                 "\"starts\" appear.",
          .source = "POSIX.1-2024 timer_create(), timer_create(2)",
          .params = {in("clockid", clocks()), optional("sevp", sigevent_type()), binds("timerid", binds_timer_type())},
          .makes = Makes::notified,
          .perform =
              [](Frame& f) {
                timer_t timer = {};
                f.returns(::timer_create(static_cast<clockid_t>(f[0].i), f[1].as<sigevent>(), &timer));
                if (f.result.err == 0) f.bind(2, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(timer)));
              }},
      Row{.name = "timer_delete",
          .areas = kTimer,
          .doc = "Ends a timer.",
          .source = "POSIX.1-2024 timer_delete(), timer_delete(2)",
          .params = {in("timerid", timer_type())},
          .perform = [](Frame& f) { f.returns(::timer_delete(timer_of(f[0]))); }},
      Row{.name = "timer_getoverrun",
          .areas = kTimer,
          .doc = "Returns how often a timer expired more than its last signal tells.",
          .source = "POSIX.1-2024 timer_getoverrun(), timer_getoverrun(2)",
          .params = {in("timerid", timer_type())},
          .returns = Returns::integer,
          .perform = [](Frame& f) { f.returns(::timer_getoverrun(timer_of(f[0]))); }},
      Row{.name = "timer_gettime",
          .areas = kTimer,
          .doc = "Reads what is left of a timer.",
          .source = "POSIX.1-2024 timer_gettime(), timer_gettime(2)",
          .params = {in("timerid", timer_type()), out("curr_value", itimerspec_type())},
          .perform =
              [](Frame& f) {
                auto* value = out_place<itimerspec>(f, 1);
                f.returns(::timer_gettime(timer_of(f[0]), value));
                report_structure(f, 1, value);
              }},
      Row{.name = "timer_settime",
          .areas = kTimer,
          .doc = "Starts a timer, or stops it with a zero it_value.",
          .source = "POSIX.1-2024 timer_settime(), timer_settime(2)",
          .params = {in("timerid", timer_type()), optional("flags", settime_flags(), "[]"),
                     in("new_value", itimerspec_type()), out("old_value", itimerspec_type())},
          .perform =
              [](Frame& f) {
                auto* old = out_place<itimerspec>(f, 3);
                f.returns(::timer_settime(timer_of(f[0]), f[1].as_int(), f[2].as<itimerspec>(), old));
                report_structure(f, 3, old);
              }},
  };
}

}  // namespace kipc
