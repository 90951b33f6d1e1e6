#include "platform/observe_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "platform/child.hpp"
#include "platform/proc_text.hpp"
#include "platform/sysctls.hpp"

namespace kipc {

namespace {

/// A child that sleeps in read() from a pipe until its owner goes.
class Sleeper {
 public:
  Sleeper() {
    int wait[2] = {-1, -1};
    int ready[2] = {-1, -1};
    if (::pipe2(wait, O_CLOEXEC) != 0) return;
    const Fd wait_read(wait[0]);
    wait_write_ = Fd(wait[1]);
    if (::pipe2(ready, O_CLOEXEC) != 0) return;
    ready_read_ = Fd(ready[0]);
    const Fd ready_write(ready[1]);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(wait[1]);
    char byte = 'r';
    if (::write(ready[1], &byte, 1) == 1) static_cast<void>(::read(wait[0], &byte, 1) + 0);
    ::_exit(0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    wait_write_.reset();
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    static_cast<void>(wait_for(pid_));
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits until the child is about to read; false when it died.
  [[nodiscard]] bool started() const {
    char byte = 0;
    ssize_t n = 0;
    do n = ::read(ready_read_.get(), &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
  }
  /// Gives the child up to `ms` to run on; back at once if it dies.
  void let_run(int ms) const {
    struct pollfd death {
      ready_read_.get(), POLLIN, 0
    };
    ::poll(&death, 1, ms);
  }

 private:
  pid_t pid_ = -1;
  Fd wait_write_;
  Fd ready_read_;  // end-of-file when the child dies
};

/// Asks until the answer is yes or the time is over.
bool comes_true(const Sleeper& sleeper, int patience_ms, const std::function<bool()>& is_so) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  for (int round = 0;; ++round) {
    if (is_so()) return true;
    if (Clock::now() >= end) return false;
    constexpr int kYields = 8;
    if (round < kYields) {
      ::sched_yield();
    } else {
      sleeper.let_run(1);
    }
  }
}

/// The state letter of /proc/PID/stat: after the last ')' of "PID (NAME) S ...".
char state_of(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '?';
}

std::string why_no_access(const std::string& file, const Errno& error) {
  return fmt::format("/proc/PID/{}: {}", file, error.text());
}

std::string enable_ptrace() {
  const std::string scope = read_sysctl("kernel.yama.ptrace_scope").value_or("0");
  if (scope == "2") return "Give kipc CAP_SYS_PTRACE, or set the sysctl kernel.yama.ptrace_scope to 1.";
  if (scope == "3") return "Boot with the sysctl kernel.yama.ptrace_scope below 3.";
  return "Run kipc where the security policy lets a process look at its children.";
}

void look_at_syscall(const Sleeper& sleeper, const std::string& folder, int patience_ms, ObserveAbility& ability) {
  const auto text = read_file(folder + "syscall");
  if (!text) {
    const bool absent = text.error().number == ENOENT || text.error().number == ENOSYS;
    ability.missing.push_back(
        {"syscall", why_no_access("syscall", text.error()),
         absent ? "Use a Linux kernel built with CONFIG_HAVE_ARCH_TRACEHOOK (gVisor has no such file)."
                : enable_ptrace()});
    return;
  }
  std::string last;
  ability.syscall = comes_true(sleeper, patience_ms, [&] {
    last = read_start(folder + "syscall", 256);
    char* end = nullptr;
    const long number = std::strtol(last.c_str(), &end, 10);
    return end != last.c_str() && number == SYS_read;
  });
  if (!ability.syscall)
    ability.missing.push_back({"syscall",
                               fmt::format("a child that sleeps in read() shows \"{}\" instead of call {}", trim(last),
                                           static_cast<long>(SYS_read)),
                               "Run kipc natively: an emulator shows the host's numbers."});
}

void look_at_state(const Sleeper& sleeper, const std::string& folder, int patience_ms, ObserveAbility& ability) {
  char state = '?';
  ability.stat_state = comes_true(sleeper, patience_ms, [&] {
    state = state_of(read_start(folder + "stat", 512));
    return state == 'S' || state == '?';
  });
  ability.stat_state = ability.stat_state && state == 'S';
  if (!ability.stat_state)
    ability.missing.push_back({"stat state", fmt::format("a child that sleeps in read() shows the state {}", state),
                               "Mount /proc so that kipc sees its own children in it."});
}

void look_at_exit_status(ObserveAbility& ability) {
  constexpr int kCode = 7;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(kCode);
  std::string shown;
  siginfo_t info{};
  if (child > 0 && ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0) {
    const std::string stat(trim(read_start(fmt::format("/proc/{}/stat", child), 1024)));
    shown = stat.substr(stat.rfind(' ') + 1);
  }
  if (child > 0) static_cast<void>(wait_for(child));
  ability.exit_status = shown == std::to_string(kCode << 8);
  if (!ability.exit_status)
    ability.missing.push_back({"exit status",
                               fmt::format("/proc/PID/stat of a child that exited with {} says \"{}\"", kCode, shown),
                               "Use Linux 3.5 or later (gVisor tells nobody but the parent)."});
}

void look_at_schedstat(const std::string& folder, ObserveAbility& ability) {
  const auto text = read_file(folder + "schedstat");
  ability.schedstat = text && std::strtoull(text->c_str(), nullptr, 10) > 0;
  if (ability.schedstat) return;
  ability.missing.push_back(
      {"schedstat",
       text ? "/proc/PID/schedstat of a process that ran says 0" : why_no_access("schedstat", text.error()),
       "Use a kernel built with CONFIG_SCHED_INFO (CONFIG_SCHEDSTATS or CONFIG_TASKSTATS)."});
}

void look_at_wchan(const std::string& folder, ObserveAbility& ability) {
  const auto text = read_file(folder + "wchan");
  ability.wchan = text && !text->empty() && *text != "0";
  if (ability.wchan) return;
  ability.missing.push_back({"wchan", text ? "/proc/PID/wchan names no function" : why_no_access("wchan", text.error()),
                             "Use a kernel built with CONFIG_KALLSYMS, as root; only reports of a deadline miss it."});
}

void look_at_pidfd(pid_t child, ObserveAbility& ability) {
#ifdef SYS_pidfd_open
  const Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  ability.pidfd = static_cast<bool>(fd);
#else
  static_cast<void>(child);
  errno = ENOSYS;
#endif
  if (!ability.pidfd)
    ability.missing.push_back({"pidfd", Errno::last("pidfd_open").text(),
                               "Use Linux 5.3 or later, and a seccomp filter that allows pidfd_open()."});
}

/// Why /proc tells nothing of this process' children, or null.
const char* trouble_with_proc() {
  char link[32] = {};
  if (::readlink("/proc/self", link, sizeof link - 1) <= 0) return "/proc is not mounted";
  return std::atol(link) == ::getpid() ? nullptr : "/proc is that of another pid namespace";
}

}  // namespace

const Missing* ObserveAbility::why_not(std::string_view what) const {
  const auto at = std::find_if(missing.begin(), missing.end(), [&](const Missing& one) { return one.what == what; });
  return at == missing.end() ? nullptr : &*at;
}

ObserveAbility probe_observation(int patience_ms) {
  ObserveAbility ability;
  const Sleeper sleeper;
  if (sleeper.pid() <= 0 || !sleeper.started()) {
    const std::string reason = sleeper.pid() < 0 ? Errno::last("fork").text() : "the child died";
    for (const char* what : {"syscall", "stat state", "exit status", "schedstat", "wchan", "pidfd"})
      ability.missing.push_back({what, reason, "Let kipc fork (RLIMIT_NPROC, cgroup pids.max)."});
    return ability;
  }
  look_at_pidfd(sleeper.pid(), ability);
  if (const char* trouble = trouble_with_proc(); trouble != nullptr) {
    for (const char* what : {"syscall", "stat state", "exit status", "schedstat", "wchan"})
      ability.missing.push_back({what, trouble, "Mount it: mount -t proc proc /proc."});
    return ability;
  }
  const std::string folder = fmt::format("/proc/{}/", sleeper.pid());
  look_at_syscall(sleeper, folder, patience_ms, ability);
  look_at_state(sleeper, folder, patience_ms, ability);
  look_at_exit_status(ability);
  look_at_schedstat(folder, ability);
  look_at_wchan(folder, ability);
  return ability;
}

}  // namespace kipc
