// Looks at a process from outside: is it asleep, in which system call, has it run since? Blocking is observed here and
// never timed. The rule (each part was measured to be needed): the step was entered and is not done; the task is in one
// of the system calls of its row (a futex other than its own on the board); it sleeps (S); its run statistics are equal
// before and after; and it is still not done.
#pragma once

#include <signal.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace kipc {

/// The /proc files of one task, opened once.
class TaskView {
 public:
  TaskView() = default;
  /// Opens what is there; `readable()` tells whether that is enough.
  TaskView(int pid, int tid);

  [[nodiscard]] bool readable() const { return stat_ && syscall_; }
  /// 'R', 'S', 'D', 'T', 'Z' …; 0 when it cannot be read (the task is gone).
  [[nodiscard]] char state() const;
  /// The number of the system call it sleeps in and its first argument; -1 when it runs or cannot be read.
  [[nodiscard]] long system_call(std::uint64_t& first_argument) const;
  /// True when the system call it sleeps in has no time-out of its own, as far as its arguments show. Sleeping for a
  /// time, it will go on by itself.
  [[nodiscard]] bool sleeps_for_good() const;
  /// Changes whenever the task has run. "" where the kernel does not count.
  [[nodiscard]] std::string run_statistics() const;

 private:
  Fd stat_;
  Fd syscall_;
  Fd schedstat_;
};

/// A look at processes with all their threads and descendants.
struct ProcessLook {
  bool asleep = true;    // every task sleeps or is stopped, or has ended
  bool for_good = true;  // … and none of them for a time
  bool traced = false;   // one of them is stopped by ptrace
  std::string runs;      // changes whenever one of them has run or one more is there
};
/// Looks at each of these and below.
ProcessLook look_at_processes(const std::vector<int>& pids);
/// The children of the calling process, also where the kernel has no list of them (CONFIG_PROC_CHILDREN); empty without
/// /proc.
std::vector<int> own_children();

/// The wait status of a zombie as its parent would get it; -1 when it cannot be told.
int exit_status_of(int pid);
/// "pipe_read" and the like, for people; "" when hidden.
std::string wait_channel_of(int pid, int tid);
/// True for an end that waitid() reported: stops of a traced child are reported whether asked for or not.
inline bool is_end(const siginfo_t& info) {
  return info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

}  // namespace kipc
