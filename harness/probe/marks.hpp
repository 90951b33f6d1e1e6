// How a task says that it is to be counted (bpf/costs.h).
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "bpf/costs.h"

namespace kipc {

/// A prctl() that the kernel refuses and programs see: one of the marks of costs.h and strikes.h. Async-signal-safe,
/// keeps errno.
inline void tell_programs(unsigned long mark, long value) {
  const int saved = errno;
  ::syscall(SYS_prctl, mark, value, 0, 0, 0);
  errno = saved;
}

/// From now on, what this thread costs is added to the slot; with `follow`, what its later children cost, too. Costs a
/// system call, changes nothing where no probe is attached. Async-signal-safe, keeps errno.
inline void mark_task(int slot, bool follow = false) {
  tell_programs(KIPC_MARK, (slot + 1) | (follow ? KIPC_MARK_FOLLOW : 0));
}

/// This thread is not counted any more.
inline void unmark_task() { mark_task(-1); }

}  // namespace kipc
