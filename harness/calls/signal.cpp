// Rows: actions and masks of signals, sending them and waiting for them.
#include <signal.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/signal_types.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kSignal = {"signal"};

#ifdef SYS_rt_sigtimedwait_time64
const std::vector<long> kWaits = {SYS_rt_sigtimedwait, SYS_rt_sigtimedwait_time64};
#else
const std::vector<long> kWaits = {SYS_rt_sigtimedwait};
#endif

const std::vector<long> kPauses = {
#ifdef SYS_pause
    SYS_pause,
#endif
    SYS_ppoll,
#ifdef SYS_ppoll_time64
    SYS_ppoll_time64,
#endif
};

const Type& how_type() {
  static constexpr std::array kHow = {KIPC_CONSTANT(SIG_BLOCK), KIPC_CONSTANT(SIG_SETMASK), KIPC_CONSTANT(SIG_UNBLOCK)};
  static const auto type = make_enum_type("how", kHow);
  return *type;
}

void report_set(Frame& f, std::size_t param, const sigset_t* set) {
  if (f.result.err == 0 && set != nullptr) f.out_object(param, flatten(*set));
}

void report_info(Frame& f, std::size_t param, const siginfo_t* info) {
  if (f.result.err == 0 && info != nullptr) f.out_object(param, flatten(*info));
}

std::vector<Row> action_rows() {
  return {
      Row{.name = "pthread_sigmask",
          .areas = kSignal,
          .doc = "Examines and changes the calling thread's mask of blocked signals.",
          .source = "POSIX.1-2024 pthread_sigmask(), pthread_sigmask(3)",
          .params = {optional("how", how_type(), "\"SIG_BLOCK\""), optional("set", signal_set_type()),
                     out("oldset", out_signal_set_type())},
          .returns = Returns::error,
          .perform =
              [](Frame& f) {
                auto* old = out_place<sigset_t>(f, 2);
                f.returns_error(::pthread_sigmask(f[0].as_int(), f[1].as<sigset_t>(), old));
                report_set(f, 2, old);
              }},
      Row{.name = "sigaction",
          .areas = kSignal,
          .doc = "Examines and changes what a signal does. The handler \"log\" reports what it is told to `handled`; "
                 "SA_SIGINFO is always set with it.",
          .source = "POSIX.1-2024 sigaction(), sigaction(2)",
          .params = {in("signum", signal_type()), optional("act", sigaction_type()),
                     out("oldact", out_sigaction_type())},
          .perform =
              [](Frame& f) {
                struct sigaction old = {};
                const bool wanted = !f[2].given;
                f.returns(::sigaction(f[0].as_int(), f[1].as<struct sigaction>(), wanted ? &old : nullptr));
                if (f.result.err == 0 && wanted) f.out_object(2, flatten(old, f.host.handler_function()));
              }},
      Row{.name = "sigpending",
          .areas = kSignal,
          .doc = "Reads which signals are blocked and pending, for the thread or its process.",
          .source = "POSIX.1-2024 sigpending(), sigpending(2)",
          .params = {out("set", out_signal_set_type())},
          .perform =
              [](Frame& f) {
                auto* set = out_place<sigset_t>(f, 0);
                f.returns(::sigpending(set));
                report_set(f, 0, set);
              }},
      Row{.name = "sigprocmask",
          .areas = kSignal,
          .doc = "Examines and changes the mask of blocked signals.",
          .source = "POSIX.1-2024 sigprocmask(), sigprocmask(2)",
          .params = {optional("how", how_type(), "\"SIG_BLOCK\""), optional("set", signal_set_type()),
                     out("oldset", out_signal_set_type())},
          .perform =
              [](Frame& f) {
                auto* old = out_place<sigset_t>(f, 2);
                f.returns(::sigprocmask(f[0].as_int(), f[1].as<sigset_t>(), old));
                report_set(f, 2, old);
              }},
  };
}

std::vector<Row> send_rows() {
  return {
      Row{.name = "kill",
          .areas = kSignal,
          .doc = "Sends a signal to a process, or to a process group by 0 or a negative pid.",
          .source = "POSIX.1-2024 kill(), kill(2)",
          .params = {in("pid", pid_type()), in("sig", signal_type())},
          .perform = [](Frame& f) { f.returns(::kill(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "killpg",
          .areas = kSignal,
          .doc = "Sends a signal to a process group.",
          .source = "POSIX.1-2024 killpg(), killpg(3)",
          .params = {in("pgrp", pid_type()), in("sig", signal_type())},
          .perform = [](Frame& f) { f.returns(::killpg(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "raise",
          .areas = kSignal,
          .doc = "Sends a signal to the calling thread.",
          .source = "POSIX.1-2024 raise(), raise(3)",
          .params = {in("sig", signal_type())},
          .perform = [](Frame& f) { f.returns(::raise(f[0].as_int())); }},
      Row{.name = "rt_sigqueueinfo",
          .areas = kSignal,
          .doc = "Sends a signal with a siginfo_t of the caller's making.",
          .source = "rt_sigqueueinfo(2)",
          .params = {in("tgid", pid_type()), in("sig", signal_type()), in("info", siginfo_type())},
          .perform = [](Frame& f) { f.returns(::syscall(SYS_rt_sigqueueinfo, f[0].as_int(), f[1].as_int(), f[2].p)); }},
      Row{.name = "rt_tgsigqueueinfo",
          .areas = kSignal,
          .doc = "Sends a signal with a siginfo_t of the caller's making to one thread.",
          .source = "rt_tgsigqueueinfo(2)",
          .params = {in("tgid", pid_type()), in("tid", pid_type()), in("sig", signal_type()),
                     in("info", siginfo_type())},
          .perform =
              [](Frame& f) {
                f.returns(::syscall(SYS_rt_tgsigqueueinfo, f[0].as_int(), f[1].as_int(), f[2].as_int(), f[3].p));
              }},
      Row{.name = "sigqueue",
          .areas = kSignal,
          .doc = "Queues a signal with a value (sival_int, 0 unless given).",
          .source = "POSIX.1-2024 sigqueue(), sigqueue(3)",
          .params = {in("pid", pid_type()), in("sig", signal_type()), optional("value", integer_type(), "0")},
          .perform =
              [](Frame& f) {
                sigval value = {};
                value.sival_int = f[2].as_int();
                f.returns(::sigqueue(f[0].as_int(), f[1].as_int(), value));
              }},
      Row{.name = "tgkill",
          .areas = kSignal,
          .doc = "Sends a signal to one thread of a process.",
          .source = "tgkill(2)",
          .params = {in("tgid", pid_type()), in("tid", pid_type()), in("sig", signal_type())},
          .perform = [](Frame& f) { f.returns(::syscall(SYS_tgkill, f[0].as_int(), f[1].as_int(), f[2].as_int())); }},
  };
}

// A timer may end these waits, from an interrupt: they are not synchronous.
std::vector<Row> wait_rows() {
  return {
      Row{.name = "pause",
          .areas = kSignal,
          .doc = "Waits until a handler has run.",
          .source = "POSIX.1-2024 pause(), pause(2)",
          .returns = Returns::integer,
          .sleeps = kPauses,
          .synchronous = false,
          .perform = [](Frame& f) { f.returns(::pause()); }},
      Row{.name = "sigsuspend",
          .areas = kSignal,
          .doc = "Waits with another mask until a handler has run.",
          .source = "POSIX.1-2024 sigsuspend(), sigsuspend(2)",
          .params = {in("mask", signal_set_type())},
          .returns = Returns::integer,
          .sleeps = {SYS_rt_sigsuspend},
          .synchronous = false,
          .perform = [](Frame& f) { f.returns(::sigsuspend(f[0].as<sigset_t>())); }},
      Row{.name = "sigtimedwait",
          .areas = kSignal,
          .doc = "As sigwaitinfo, but waits that long at most. Returns the signal's number.",
          .source = "POSIX.1-2024 sigtimedwait(), sigtimedwait(2)",
          .params = {in("set", signal_set_type()), out("info", siginfo_type()), in("timeout", relative_time_type())},
          .returns = Returns::integer,
          .sleeps = kWaits,
          .synchronous = false,
          .perform =
              [](Frame& f) {
                auto* info = out_place<siginfo_t>(f, 1);
                f.returns(::sigtimedwait(f[0].as<sigset_t>(), info, f[2].as<timespec>()));
                report_info(f, 1, info);
              }},
      Row{.name = "sigwait",
          .areas = kSignal,
          .doc = "Waits for a signal of the set and takes it; sig is its number.",
          .source = "POSIX.1-2024 sigwait(), sigwait(3)",
          .params = {in("set", signal_set_type()), out("sig", out_integer_type())},
          .returns = Returns::error,
          .sleeps = kWaits,
          .synchronous = false,
          .perform =
              [](Frame& f) {
                int* signal = out_place<int>(f, 1);
                f.returns_error(::sigwait(f[0].as<sigset_t>(), signal));
                report_integer(f, 1, signal);
              }},
      Row{.name = "sigwaitinfo",
          .areas = kSignal,
          .doc = "Waits for a signal of the set, takes it and returns its number.",
          .source = "POSIX.1-2024 sigwaitinfo(), sigwaitinfo(2)",
          .params = {in("set", signal_set_type()), out("info", siginfo_type())},
          .returns = Returns::integer,
          .sleeps = kWaits,
          .synchronous = false,
          .perform =
              [](Frame& f) {
                auto* info = out_place<siginfo_t>(f, 1);
                f.returns(::sigwaitinfo(f[0].as<sigset_t>(), info));
                report_info(f, 1, info);
              },
          .timed =
              [](Frame& f) {
                auto* info = reinterpret_cast<siginfo_t*>(f.room(sizeof(siginfo_t)));
                f.returns(::sigwaitinfo(f[0].as<sigset_t>(), info));
              }},
  };
}

}  // namespace

std::vector<Row> signal_rows() {
  std::vector<Row> rows = action_rows();
  for (auto part : {send_rows, wait_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
