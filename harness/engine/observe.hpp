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
  /// Changes whenever the task has run. "" where the kernel does not count.
  [[nodiscard]] std::string run_statistics() const;

 private:
  Fd stat_;
  Fd syscall_;
  Fd schedstat_;
};

/// The wait status of a zombie as its parent would get it; -1 when it cannot be told.
int exit_status_of(int pid);
/// "pipe_read" and the like, for people; "" when hidden.
std::string wait_channel_of(int pid, int tid);
/// True when every task of the process sleeps (also threads that are no actors).
bool all_tasks_sleep(int pid);

/// True for an end that waitid() reported: stops of a traced child are reported whether asked for or not.
inline bool is_end(const siginfo_t& info) {
  return info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

}  // namespace kipc
