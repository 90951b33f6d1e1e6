// Processes as descriptors (pidfd_open(2), pidfd_getfd(2)), with the numbers that older headers lack.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/fd.hpp"

// The same on every architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

namespace kipc {

/// A descriptor that becomes readable when the process has ended. Errors: ENOSYS before Linux 5.3, ESRCH.
inline ErrnoOr<Fd> open_pidfd(pid_t pid) {
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return fail_errno("pidfd_open");
  return pidfd;
}

/// A duplicate of descriptor `fd` of another process. Errors: those of open_pidfd(); ENOSYS before Linux 5.6, EPERM
/// without the right to trace it, EBADF.
inline ErrnoOr<Fd> fetch_descriptor(pid_t pid, int fd) {
  const auto pidfd = open_pidfd(pid);
  if (!pidfd) return tl::make_unexpected(pidfd.error());
  Fd fetched(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd->get(), fd, 0)));
  if (!fetched) return fail_errno("pidfd_getfd");
  return fetched;
}

}  // namespace kipc
