// Tries something in a forked child, so that this process stays as it is: its namespaces, limits and privileges.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/result.hpp"

namespace kipc {

/// Waits for the end of a child of this process. Errors: those of waitpid(), ECHILD where SIGCHLD is ignored.
inline ErrnoOr<int> wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail_errno("waitpid");
  return status;
}

/// Runs `body` in a forked child, which exits with the int it returns (0 to 255) and dies with this process. The answer
/// is the child's wait status. The body may call only what is async-signal-safe. Errors: those of fork() and waitpid().
template <typename Body>
ErrnoOr<int> in_child(Body&& body) {
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(body());
  }
  return wait_for(child);
}

/// The code a child ended with by exit(); -1 when a signal ended it, or it never ran.
inline int exit_code(const ErrnoOr<int>& status) { return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1; }

}  // namespace kipc
