#include "platform/fault_engines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "base/file.hpp"
#include "base/pidfd.hpp"
#include "base/result.hpp"
#include "platform/cgroup.hpp"
#include "platform/child.hpp"

namespace kipc {
namespace {

/// Both seccomp engines: a filter that allows everything, with or without a listener. 0 or an error number.
int try_filter(unsigned flags) {
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog filter{1, allow};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) < 0 ? errno : 0;
}

/// A descriptor of a child, taken out of it as the conductor takes a listener out of an actor.
int try_getfd() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0)
    for (;;) ::pause();
  const auto fetched = fetch_descriptor(child, 0);
  const int error = fetched ? 0 : fetched.error().number;
  ::kill(child, SIGKILL);
  (void)wait_for(child);
  return error == EBADF ? 0 : error;  // descriptor 0 may be closed
}

int try_notify() {
  if (const int error = try_getfd(); error != 0) return error;
  return try_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/// Entry and exit of a call are told apart by what PTRACE_GET_SYSCALL_INFO says of a stopped process.
int try_stop_and_ask(pid_t child) {
  if (::ptrace(PTRACE_SEIZE, child, nullptr, nullptr) != 0) return errno;
  if (::ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr) != 0) return errno;
  if (::waitpid(child, nullptr, __WALL) != child) return errno;
  __ptrace_syscall_info call{};
  return ::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof call, &call) > 0 ? 0 : errno;
}

int try_ptrace() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0)
    for (;;) ::pause();
  const int error = try_stop_and_ask(child);
  ::kill(child, SIGKILL);
  (void)wait_for(child);
  return error;
}

/// Faults of the kernel itself are what matters, so that UFFD_USER_MODE_ONLY is of no use.
int try_userfaultfd() {
  if (const int error = try_getfd(); error != 0) return error;
  const auto fd = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
  if (fd < 0) return errno;
  uffdio_api api{UFFD_API, 0, 0};
  return ::ioctl(fd, UFFDIO_API, &api) == 0 ? 0 : errno;
}

/// Places count for nothing while memory that may be waited for is exempt, as it is after boot.
std::optional<Missing> fail_nth_missing() {
  const std::string what = "faults by fail-nth";
  if (::access("/proc/thread-self/fail-nth", W_OK) != 0)
    return Missing{what, Errno{errno, "/proc/thread-self/fail-nth"}.text(),
                   "Use a kernel built with CONFIG_FAULT_INJECTION and CONFIG_FAILSLAB, and run kipc as root."};
  const std::string exempt = "/sys/kernel/debug/failslab/ignore-gfp-wait";
  const auto now = read_file(exempt);
  if (now && *now == "N\n") return std::nullopt;
  return Missing{what, now ? exempt + " is not N" : now.error().text(),
                 "Use a kernel built with CONFIG_FAILSLAB, mount debugfs, and write N to " + exempt + "."};
}

std::optional<Missing> ask(const char* what, int (*attempt)(), const char* enable) {
  const int error = exit_code(in_child(attempt));
  if (error == 0) return std::nullopt;
  const std::string reason = error < 0 ? "the attempt was killed" : Errno{error, what}.text();
  return Missing{fmt::format("faults by {}", what), reason, enable};
}

using Answers = std::map<std::string_view, std::optional<Missing>>;

const Answers& answers() {
  static const Answers all = [] {
    Answers made;
    made["seccomp-errno"] = ask(
        "seccomp", [] { return try_filter(0); },
        "Use a kernel built with CONFIG_SECCOMP_FILTER, and a container that allows seccomp().");
    made["seccomp-notify"] = ask(
        "seccomp notification", try_notify,
        "Use Linux 5.6 or later with CONFIG_SECCOMP_FILTER, and a container that allows seccomp() and pidfd_getfd().");
    made["ptrace"] =
        ask("ptrace", try_ptrace,
            "Use Linux 5.3 or later, lower the sysctl kernel.yama.ptrace_scope, or allow ptrace() in the container.");
    made["fail-nth"] = made["ptrace"] ? made["ptrace"] : fail_nth_missing();
    made["userfaultfd"] =
        ask("userfaultfd", try_userfaultfd,
            "Run kipc as root (CAP_SYS_PTRACE) of the machine, or set the sysctl vm.unprivileged_userfaultfd to 1.");
    for (const std::string_view limit : cgroup_limits()) {
      const std::string_view controller = controller_of(limit);
      const auto& place = cgroup_place(controller);
      made[controller == "memory" ? "cgroup-memory" : "cgroup-pids"] =
          place ? std::nullopt : std::optional<Missing>(place.error());
    }
#if defined(SYS_socketcall) || defined(SYS_ipc)
    made["direct-calls"] = Missing{"faults at this call",
                                   "the libc here makes it through socketcall(2) or ipc(2), where it is not told apart",
                                   "Use an architecture on which it is a system call of its own."};
#else
    made["direct-calls"] = std::nullopt;
#endif
    made["call"] = made["seccomp-notify"] && made["ptrace"] ? made["seccomp-notify"] : std::nullopt;
    return made;
  }();
  return all;
}

}  // namespace

const std::vector<std::string_view>& call_fault_engines() {
  static const std::vector<std::string_view> names = {"bpf-errno", "bpf-override",  "bpf-signal",
                                                      "ptrace",    "seccomp-errno", "seccomp-notify"};
  return names;
}

const std::vector<std::string_view>& fault_engines() {
  static const std::vector<std::string_view> names = {
      "bpf-errno",    "bpf-override", "bpf-signal", "call",          "cgroup-memory",  "cgroup-pids",
      "direct-calls", "fail-nth",     "ptrace",     "seccomp-errno", "seccomp-notify", "userfaultfd"};
  return names;
}

const std::optional<Missing>& fault_engine_missing(std::string_view name) {
  static const std::optional<Missing> unknown = Missing{std::string(name), "no such engine", "Correct the case."};
  const auto found = answers().find(name);
  return found == answers().end() ? unknown : found->second;
}

}  // namespace kipc
