#include "platform/syscalls.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>

#include "base/text.hpp"
#include "platform/child.hpp"

// Numbers newer than the headers of the oldest build machine: since Linux 5.1 a new call has one number everywhere but
// on alpha.
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
// 32-bit architectures of today name these calls by the width of their time argument, or have them within ipc(2).
#if !defined(SYS_semtimedop) && defined(SYS_semtimedop_time64)
#define SYS_semtimedop SYS_semtimedop_time64
#endif

namespace kipc {

namespace {

/// A call that fails early wherever it exists, and changes nothing where it does not.
struct SyscallRow {
  std::string_view name;
  long (*attempt)();
  const char* enable;
};

const char* const kNewer = "Use a newer kernel, or one built with this call.";

const SyscallRow kSyscalls[] = {
    {"clone3", [] { return ::syscall(SYS_clone3, nullptr, 0); }, "Use Linux 5.3 or later."},
    // The last argument has flags that do not exist: nothing is closed.
    {"close_range", [] { return ::syscall(SYS_close_range, ~0U, ~0U, ~0U); }, "Use Linux 5.9 or later."},
    {"epoll_pwait2", [] { return ::syscall(SYS_epoll_pwait2, -1, nullptr, 0, nullptr, nullptr, 0); },
     "Use Linux 5.11 or later."},
    {"futex_waitv", [] { return ::syscall(SYS_futex_waitv, nullptr, 0, ~0U, nullptr, 0); }, "Use Linux 5.16 or later."},
    {"io_uring_setup", [] { return ::syscall(SYS_io_uring_setup, 0, nullptr); },
     "Use Linux 5.1 or later with CONFIG_IO_URING, and set the sysctl kernel.io_uring_disabled to 0."},
    {"memfd_create", [] { return ::syscall(SYS_memfd_create, "", ~0U); }, kNewer},
    {"mq_open", [] { return ::syscall(SYS_mq_open, nullptr, 0, 0, nullptr); },
     "Use a kernel built with CONFIG_POSIX_MQUEUE."},
    {"pidfd_getfd", [] { return ::syscall(SYS_pidfd_getfd, -1, -1, 0); }, "Use Linux 5.6 or later."},
    {"pidfd_open", [] { return ::syscall(SYS_pidfd_open, -1, 0); }, "Use Linux 5.3 or later."},
    {"process_vm_readv", [] { return ::syscall(SYS_process_vm_readv, 0, nullptr, 0, nullptr, 0, 1); },
     "Use a kernel built with CONFIG_CROSS_MEMORY_ATTACH."},
#ifdef SYS_semtimedop
    {"semtimedop", [] { return ::syscall(SYS_semtimedop, -1, nullptr, 0, nullptr); },
     "Use a kernel built with CONFIG_SYSVIPC."},
#else
    // The oldest 32-bit way: number 4 of ipc(2).
    {"semtimedop", [] { return ::syscall(SYS_ipc, 4, -1, 0, 0, nullptr, nullptr); },
     "Use a kernel built with CONFIG_SYSVIPC."},
#endif
    // With these flags it makes a descriptor that also stops the kernel's own accesses: what is not open to all.
    {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); },
     "Run kipc as root (CAP_SYS_PTRACE), or set the sysctl vm.unprivileged_userfaultfd to 1, on a kernel built with "
     "CONFIG_USERFAULTFD."},
};

SyscallState probe(const SyscallRow& row) {
  const auto status = in_child([&] { return row.attempt() >= 0 ? 0 : errno; });
  if (!status) return {false, status.error().text(), "Let kipc fork."};
  if (WIFSIGNALED(*status))
    return {false, fmt::format("{}() is answered with signal {}", row.name, WTERMSIG(*status)),
            "Start kipc without the seccomp filter it runs under."};
  const int number = WEXITSTATUS(*status);
  if (number != ENOSYS && number != EPERM) return {true, "", ""};
  return {false, Errno{number, std::string(row.name).c_str()}.text(), row.enable};
}

}  // namespace

const std::vector<std::string_view>& probed_syscalls() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const SyscallRow& row : kSyscalls) list.push_back(row.name);
    return list;
  }();
  return names;
}

SyscallState try_syscall(std::string_view name) {
  const auto* row =
      std::find_if(std::begin(kSyscalls), std::end(kSyscalls), [&](const SyscallRow& one) { return one.name == name; });
  if (row != std::end(kSyscalls)) return probe(*row);
  return {false, fmt::format("no such call is known to kipc{}", did_you_mean(name, probed_syscalls())),
          "Correct its name."};
}

const SyscallState& syscall_state(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, SyscallState, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto at = known.find(name);
  if (at != known.end()) return at->second;
  return known.emplace(std::string(name), try_syscall(name)).first->second;
}

}  // namespace kipc
