#include "platform/sysctls.hpp"

#include <algorithm>

#include "base/file.hpp"

namespace kipc {

bool is_ipc_sysctl(std::string_view name) {
  return std::find(kIpcSysctls.begin(), kIpcSysctls.end(), name) != kIpcSysctls.end();
}

const std::vector<std::string>& reported_sysctls() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list(kIpcSysctls.begin(), kIpcSysctls.end());
    list.insert(list.end(), {
                                "fs.aio-max-nr",
                                "fs.epoll.max_user_watches",
                                "fs.file-max",
                                "fs.inotify.max_user_instances",
                                "fs.nr_open",
                                "fs.pipe-max-size",
                                "fs.pipe-user-pages-hard",
                                "fs.pipe-user-pages-soft",
                                "fs.protected_fifos",
                                "fs.protected_hardlinks",
                                "fs.protected_regular",
                                "fs.protected_symlinks",
                                "fs.suid_dumpable",
                                "kernel.apparmor_restrict_unprivileged_userns",
                                "kernel.io_uring_disabled",
                                "kernel.kptr_restrict",
                                "kernel.ngroups_max",
                                "kernel.perf_event_paranoid",
                                "kernel.pid_max",
                                "kernel.randomize_va_space",
                                "kernel.sched_rt_period_us",
                                "kernel.sched_rt_runtime_us",
                                "kernel.threads-max",
                                "kernel.unprivileged_bpf_disabled",
                                "kernel.unprivileged_userns_clone",
                                "kernel.yama.ptrace_scope",
                                "net.core.rmem_default",
                                "net.core.rmem_max",
                                "net.core.somaxconn",
                                "net.core.wmem_default",
                                "net.core.wmem_max",
                                "net.unix.max_dgram_qlen",
                                "user.max_ipc_namespaces",
                                "user.max_mnt_namespaces",
                                "user.max_net_namespaces",
                                "user.max_pid_namespaces",
                                "user.max_user_namespaces",
                                "vm.max_map_count",
                                "vm.memfd_noexec",
                                "vm.overcommit_memory",
                                "vm.unprivileged_userfaultfd",
                            });
    std::sort(list.begin(), list.end());
    return list;
  }();
  return names;
}

std::string sysctl_path(std::string_view name) {
  std::string path = "/proc/sys/";
  for (const char c : name) path += c == '.' ? '/' : c;
  return path;
}

std::string tidy_sysctl(std::string_view raw) {
  std::string value;
  for (const char c : raw) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\0';
    if (!space) {
      value += c;
    } else if (!value.empty() && value.back() != ' ') {
      value += ' ';
    }
  }
  if (!value.empty() && value.back() == ' ') value.pop_back();
  return value;
}

std::optional<std::string> read_sysctl(std::string_view name) {
  const auto raw = read_file(sysctl_path(name));
  if (!raw) return std::nullopt;
  return tidy_sysctl(*raw);
}

}  // namespace kipc
