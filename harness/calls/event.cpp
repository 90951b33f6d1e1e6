// Rows: descriptors that stand for a counter, signals, a timer or a process: eventfd, signalfd, timerfd, pidfd.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <array>

#include "base/pidfd.hpp"
#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/poll_types.hpp"

// The numbers are the same on every architecture; older headers lack them.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
namespace kipc {
namespace {

constexpr unsigned kPidfdNonblock = O_NONBLOCK;
constexpr unsigned kPidfdThread = O_EXCL;

const Type& eventfd_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(EFD_CLOEXEC), KIPC_CONSTANT(EFD_NONBLOCK),
                                        KIPC_CONSTANT(EFD_SEMAPHORE)};
  static const auto type = make_flags_type("eventfd flags", kFlags);
  return *type;
}

const Type& signalfd_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(SFD_CLOEXEC), KIPC_CONSTANT(SFD_NONBLOCK)};
  static const auto type = make_flags_type("signalfd flags", kFlags);
  return *type;
}

const Type& timerfd_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(TFD_CLOEXEC), KIPC_CONSTANT(TFD_NONBLOCK)};
  static const auto type = make_flags_type("timerfd_create flags", kFlags);
  return *type;
}

const Type& timer_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(TFD_TIMER_ABSTIME), KIPC_CONSTANT(TFD_TIMER_CANCEL_ON_SET)};
  static const auto type = make_flags_type("timerfd_settime flags", kFlags);
  return *type;
}

const Type& pidfd_flags() {
  static constexpr std::array kFlags = {Constant{"PIDFD_NONBLOCK", kPidfdNonblock},
                                        Constant{"PIDFD_THREAD", kPidfdThread}};
  static const auto type = make_flags_type("pidfd_open flags", kFlags);
  return *type;
}

const Type& pidfd_signal_flags() {
  static constexpr std::array kFlags = {Constant{"PIDFD_SIGNAL_PROCESS_GROUP", 4}, Constant{"PIDFD_SIGNAL_THREAD", 1},
                                        Constant{"PIDFD_SIGNAL_THREAD_GROUP", 2}};
  static const auto type = make_flags_type("pidfd_send_signal flags", kFlags);
  return *type;
}

const Type& clocks() {
  static constexpr std::array kClocks = {KIPC_CONSTANT(CLOCK_BOOTTIME), KIPC_CONSTANT(CLOCK_MONOTONIC),
                                         KIPC_CONSTANT(CLOCK_REALTIME)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

const Type& timer_value_type() {
  static constexpr std::array kFields = {
      KIPC_FIELD(itimerspec, it_value.tv_sec), KIPC_FIELD(itimerspec, it_value.tv_nsec),
      KIPC_FIELD(itimerspec, it_interval.tv_sec), KIPC_FIELD(itimerspec, it_interval.tv_nsec)};
  static constexpr StructType kStructure{"struct itimerspec", sizeof(itimerspec), kFields};
  static const auto type = make_struct_type(kStructure);
  return *type;
}

const Type& signal_info_type() {
  static constexpr std::array kCodes = {KIPC_CONSTANT(SI_QUEUE), KIPC_CONSTANT(SI_TKILL), KIPC_CONSTANT(SI_USER)};
  // The names are macros for members of unions; what si_value holds is an int here.
  static const std::array kFields = {
      StructField{"si_signo", offsetof(siginfo_t, si_signo), sizeof(int), true, signal_constants()},
      StructField{"si_code", offsetof(siginfo_t, si_code), sizeof(int), true, kCodes},
      StructField{"si_errno", offsetof(siginfo_t, si_errno), sizeof(int)},
      StructField{"si_pid", offsetof(siginfo_t, si_pid), sizeof(pid_t)},
      StructField{"si_uid", offsetof(siginfo_t, si_uid), sizeof(uid_t), false},
      StructField{"si_value", offsetof(siginfo_t, si_value), sizeof(int)}};
  static const StructType structure{"siginfo_t", sizeof(siginfo_t), kFields};
  static const auto type = make_struct_type(structure);
  return *type;
}

/// A structure that a call stores: kipc's own memory unless the case wants a pointer that is null or faults.
template <typename T>
T* out_structure(Frame& f, std::size_t param) {
  if (!f[param].given) return f.scratch.take_object<T>();
  return f[param].as<T>();
}

template <typename T>
void report_own_structure(Frame& f, std::size_t param, const T* place) {
  const bool own = !f[param].given || (f[param].arg != nullptr && f[param].arg->name);
  if (own) report_structure(f, param, place);
}

}  // namespace

std::vector<Row> event_rows() {
  return {
      Row{.name = "eventfd",
          .areas = {"eventfd"},
          .doc = "Makes a counter that is read and written as {\"u64\": N}.",
          .source = "eventfd(2)",
          .params = {optional("initval", integer_type(), "0"), optional("flags", eventfd_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::eventfd(f[0].as_unsigned(), f[1].as_int())); }},
      Row{.name = "pidfd_getfd",
          .areas = {"pidfd"},
          .doc = "Duplicates a descriptor of another process; targetfd is the number there: \"b.r\".",
          .source = "pidfd_getfd(2)",
          .params = {in("pidfd", fd_type()), in("targetfd", fd_type()), optional("flags", integer_type(), "0")},
          .returns = Returns::fd,
          .perform =
              [](Frame& f) {
                f.returns(::syscall(SYS_pidfd_getfd, f[0].as_int(), f[1].as_int(), f[2].as_unsigned()));
              }},
      Row{.name = "pidfd_open",
          .areas = {"pidfd"},
          .doc = "Makes a descriptor for a process.",
          .source = "pidfd_open(2)",
          .params = {in("pid", pid_type()), optional("flags", pidfd_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::syscall(SYS_pidfd_open, f[0].as_int(), f[1].as_unsigned())); }},
      Row{.name = "pidfd_send_signal",
          .areas = {"pidfd"},
          .doc = "Sends a signal to the process of a pidfd.",
          .source = "pidfd_send_signal(2)",
          .params = {in("pidfd", fd_type()), in("sig", signal_type()), optional("info", signal_info_type()),
                     optional("flags", pidfd_signal_flags(), "[]")},
          .perform =
              [](Frame& f) {
                f.returns(::syscall(SYS_pidfd_send_signal, f[0].as_int(), f[1].as_int(), f[2].p, f[3].as_unsigned()));
              }},
      Row{.name = "signalfd",
          .areas = {"signal"},
          .doc = "Makes a descriptor that the signals of the mask are read from, or with fd changes its mask.",
          .source = "signalfd(2)",
          .params = {optional("fd", fd_type(), "-1"), in("mask", event_sigmask_type()),
                     optional("flags", signalfd_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::signalfd(f[0].as_int(), f[1].as<sigset_t>(), f[2].as_int())); }},
      Row{.name = "timerfd_create",
          .areas = {},
          .doc = "Makes a timer whose expirations are read as {\"u64\": N}.",
          .source = "timerfd_create(2)",
          .params = {in("clockid", clocks()), optional("flags", timerfd_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::timerfd_create(static_cast<clockid_t>(f[0].i), f[1].as_int())); }},
      Row{.name = "timerfd_gettime",
          .areas = {},
          .doc = "What is left until a timer expires.",
          .source = "timerfd_create(2)",
          .params = {in("fd", fd_type()), inout("curr_value", timer_value_type(), false)},
          .perform =
              [](Frame& f) {
                auto* value = out_structure<itimerspec>(f, 1);
                f.returns(::timerfd_gettime(f[0].as_int(), value));
                report_own_structure(f, 1, value);
              }},
      Row{.name = "timerfd_settime",
          .areas = {},
          .doc = "Arms or, with zeros, disarms a timer.",
          .source = "timerfd_create(2)",
          .params = {in("fd", fd_type()), optional("flags", timer_flags(), "[]"), in("new_value", timer_value_type()),
                     inout("old_value", timer_value_type(), false)},
          .perform =
              [](Frame& f) {
                auto* old = out_structure<itimerspec>(f, 3);
                f.returns(::timerfd_settime(f[0].as_int(), f[1].as_int(), f[2].as<itimerspec>(), old));
                report_own_structure(f, 3, old);
              }},
  };
}

}  // namespace kipc
