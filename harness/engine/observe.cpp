#include "engine/observe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

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

std::string TaskView::run_statistics() const {
  if (!schedstat_) return "";
  char buffer[128];
  return std::string(again(schedstat_, buffer, sizeof buffer));
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

bool all_tasks_sleep(int pid) {
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(fmt::format("/proc/{}/task", pid).c_str()), ::closedir);
  if (!tasks) return true;
  while (const dirent* entry = ::readdir(tasks.get())) {
    const int tid = std::atoi(entry->d_name);
    if (tid == 0) continue;
    const char state = TaskView(pid, tid).state();
    if (state == 'R' || state == 'D') return false;
  }
  return true;
}

}  // namespace kipc
