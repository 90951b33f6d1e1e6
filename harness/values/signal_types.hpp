// Signals as data: what a handler or a wait is told, sets of signals, and actions. What comes back is kept in flat
// structures, without pointers and unions, so that a history can hold it.
#pragma once

#include <signal.h>

#include <cstdint>

#include "values/type.hpp"

namespace kipc {

/// A siginfo_t. Members share a meaning by si_code, as there: `status` is si_overrun of a timer, `value` is si_addr of
/// a fault.
struct SigInfo {
  int signo;
  int code;
  int errno_;
  int pid;
  int uid;
  int status;
  std::int64_t value;
  int fd;
  int band;
};

/// Async-signal-safe.
SigInfo flatten(const siginfo_t& info);
/// In: {"si_signo", "si_code", "si_pid", "si_uid", "si_value", "si_status"}, unnamed fields are zero, Slot: siginfo_t;
/// as an out argument a name to bind, "null" or "unmapped". Expected: some of the fields. Out is a SigInfo.
const Type& siginfo_type();

/// A sigset_t: signal n is bit n - 1.
struct SignalBits {
  std::uint64_t words[2];
};

/// Async-signal-safe.
SignalBits flatten(const sigset_t& set);
/// ["SIGUSR1", "SIGRTMIN+1"], "null", "unmapped". Slot: sigset_t.
const Type& signal_set_type();
/// What a call stores in a sigset_t. In: "null" or "unmapped" instead of a place for it. Expected: the exact set, or
/// {"has": []}, {"lacks": []}. Out is a SignalBits.
const Type& out_signal_set_type();

/// A struct sigaction.
struct SigAction {
  enum Handler : std::int32_t { dfl, ign, log, other };
  std::int32_t handler;
  std::int32_t flags;
  SignalBits mask;
};

/// `log` is the host's handler function.
SigAction flatten(const struct sigaction& action, const void* log);
/// {"sa_handler": "SIG_DFL" | "SIG_IGN" | "log", "sa_flags": [], "sa_mask": []} or "sa_sigaction": "log"; "null". The
/// logging handler takes a siginfo_t: SA_SIGINFO is always set with it. Slot: struct sigaction.
const Type& sigaction_type();
/// What sigaction stores in oldact. In: "null". Expected: some of the fields. Out is a SigAction.
const Type& out_sigaction_type();

}  // namespace kipc
