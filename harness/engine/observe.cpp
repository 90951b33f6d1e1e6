#include "engine/observe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/file.hpp"

namespace kipc {
namespace {

Fd open_task(int pid, int tid, const char* file) {
  return Fd(::open(fmt::format("/proc/{}/task/{}/{}", pid, tid, file).c_str(), O_RDONLY | O_CLOEXEC));
}

std::string_view again(const Fd& fd, char* buffer, std::size_t size) {
  const ssize_t n = ::pread(fd.get(), buffer, size - 1, 0);
  if (n <= 0) return {};
  buffer[n] = '\0';
  return {buffer, static_cast<std::size_t>(n)};
}

/// Which argument says how long a system call may sleep: a pointer that is null for ever, or milliseconds that are
/// negative for ever.
struct TimedCall {
  long number;
  std::size_t argument;
  bool milliseconds;
};

constexpr TimedCall kTimedCalls[] = {
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, 3, true},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, 3, false},
#endif
#ifdef SYS_poll
    {SYS_poll, 2, true},
#endif
#ifdef SYS_select
    {SYS_select, 4, false},
#endif
#ifdef SYS_futex_time64
    {SYS_futex_time64, 3, false},
    {SYS_mq_timedreceive_time64, 4, false},
    {SYS_mq_timedsend_time64, 4, false},
    {SYS_ppoll_time64, 2, false},
    {SYS_pselect6_time64, 4, false},
    {SYS_recvmmsg_time64, 4, false},
    {SYS_rt_sigtimedwait_time64, 2, false},
    {SYS_semtimedop_time64, 3, false},
#endif
    {SYS_epoll_pwait, 3, true},
    {SYS_futex, 3, false},
    {SYS_io_getevents, 4, false},
    {SYS_mq_timedreceive, 4, false},
    {SYS_mq_timedsend, 4, false},
    {SYS_ppoll, 2, false},
    {SYS_pselect6, 4, false},
    {SYS_recvmmsg, 4, false},
    {SYS_rt_sigtimedwait, 2, false},
#ifdef SYS_semtimedop
    {SYS_semtimedop, 3, false},
#endif
};

/// Calls that do nothing but sleep, and what takes one up again.
bool sleeps_for_a_time(long number) {
  return number == SYS_nanosleep || number == SYS_clock_nanosleep || number == SYS_restart_syscall;
}

std::vector<int> numbers_in(const std::string& path) {
  std::vector<int> numbers;
  const auto text = read_file(path);
  if (!text) return numbers;
  const char* at = text->c_str();
  for (char* end = nullptr;; at = end) {
    const long number = std::strtol(at, &end, 10);
    if (end == at) return numbers;
    numbers.push_back(static_cast<int>(number));
  }
}

std::vector<int> tasks_of(int pid) {
  std::vector<int> tasks;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(fmt::format("/proc/{}/task", pid).c_str()), ::closedir);
  if (!folder) return tasks;
  while (const dirent* entry = ::readdir(folder.get()))
    if (const int tid = std::atoi(entry->d_name); tid != 0) tasks.push_back(tid);
  return tasks;
}

/// "PID (NAME) S PPID ..."; 0 when it cannot be read.
int parent_of(int pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t close = stat ? stat->rfind(')') : std::string::npos;
  return close == std::string::npos || close + 4 >= stat->size() ? 0 : std::atoi(stat->c_str() + close + 4);
}

}  // namespace

TaskView::TaskView(int pid, int tid)
    : stat_(open_task(pid, tid, "stat")),
      syscall_(open_task(pid, tid, "syscall")),
      schedstat_(open_task(pid, tid, "schedstat")) {}

char TaskView::state() const {
  char buffer[1024];
  const std::string_view text = again(stat_, buffer, sizeof buffer);
  const std::size_t close = text.rfind(')');
  return close == std::string_view::npos || close + 2 >= text.size() ? '\0' : text[close + 2];
}

long TaskView::system_call(std::uint64_t& first_argument) const {
  char buffer[256];
  const std::string_view text = again(syscall_, buffer, sizeof buffer);
  if (text.empty() || text[0] < '0' || text[0] > '9') return -1;
  char* end = nullptr;
  const long number = std::strtol(buffer, &end, 10);
  first_argument = std::strtoull(end, nullptr, 16);
  return number;
}

bool TaskView::sleeps_for_good() const {
  char buffer[256];
  const std::string_view text = again(syscall_, buffer, sizeof buffer);
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  char* at = nullptr;
  const long number = std::strtol(buffer, &at, 10);
  std::uint64_t arguments[6] = {};
  for (std::uint64_t& argument : arguments) argument = std::strtoull(at, &at, 16);
  for (const TimedCall& call : kTimedCalls) {
    if (call.number != number) continue;
    const std::uint64_t timeout = arguments[call.argument];
    return call.milliseconds ? static_cast<int>(timeout) < 0 : timeout == 0;
  }
  return !sleeps_for_a_time(number);
}

std::string TaskView::run_statistics() const {
  if (!schedstat_) return "";
  char buffer[128];
  return std::string(again(schedstat_, buffer, sizeof buffer));
}

ProcessLook look_at_processes(const std::vector<int>& pids) {
  ProcessLook look;
  std::vector<int> waiting = pids;
  while (!waiting.empty()) {
    const int pid = waiting.back();
    waiting.pop_back();
    for (const int tid : tasks_of(pid)) {
      const TaskView task(pid, tid);
      const std::string runs = task.run_statistics();
      const char state = task.state();
      look.runs += fmt::format("{}:{};", tid, runs);
      for (const int child : numbers_in(fmt::format("/proc/{}/task/{}/children", pid, tid))) waiting.push_back(child);
      look.traced = look.traced || state == 't';
      if (state == 'Z' || state == 'X' || state == '\0' || state == 'T' || state == 't') continue;
      look.asleep = look.asleep && state == 'S';
      look.for_good = look.for_good && task.sleeps_for_good();
    }
  }
  look.for_good = look.for_good && look.asleep;
  return look;
}

std::vector<int> own_children() {
  const std::string list = fmt::format("/proc/{0}/task/{0}/children", ::getpid());
  if (::access(list.c_str(), R_OK) == 0) return numbers_in(list);
  std::vector<int> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return found;
  while (const dirent* entry = ::readdir(folder.get())) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 0 && parent_of(pid) == ::getpid()) found.push_back(pid);
  }
  return found;
}

int exit_status_of(int pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  if (!stat) return -1;
  const std::size_t last = stat->find_last_not_of(" \n");
  const std::size_t space = stat->rfind(' ', last);
  if (last == std::string::npos || space == std::string::npos) return -1;
  const std::size_t close = stat->rfind(')');
  if (close == std::string::npos || close + 2 >= stat->size() || (*stat)[close + 2] != 'Z') return -1;
  return std::atoi(stat->c_str() + space + 1);
}

std::string wait_channel_of(int pid, int tid) {
  const auto text = read_file(fmt::format("/proc/{}/task/{}/wchan", pid, tid));
  return text && *text != "0" ? *text : "";
}

}  // namespace kipc
