#include "platform/sandbox_trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "platform/child.hpp"
#include "platform/id_map.hpp"

namespace kipc {

namespace {

/// What a trial needs to know, gathered before the fork.
struct Setting {
  TrialPlan plan;
  TrialReport* report = nullptr;
  std::string outer_ipc;  // link of /proc/self/ns/ipc
  std::string own_uid_map;
  std::string own_gid_map;
  uid_t other_uid = 0;
  gid_t other_gid = 0;
  // Where pid 1 mounts: the first is a folder that exists, the others it makes inside.
  std::string base;
  std::string proc;
  std::string mqueue;
  std::array<std::string, kIpcSysctls.size()> sysctls;  // in the proc that pid 1 mounts
  std::array<std::string, kIpcSysctls.size()> outer_sysctls;
  int unshared_bell = -1;  // the child rings: unshared
  int mapped_bell = -1;    // this process rings: mapped
};

int result_of(long returned) { return returned == 0 ? kDone : errno; }

bool read_byte(int fd, char* byte) {
  for (;;) {
    const ssize_t n = ::read(fd, byte, 1);
    if (n >= 0 || errno != EINTR) return n == 1;
  }
}

int write_text(const char* path, const char* text, std::size_t length) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const ssize_t n = ::write(fd, text, length);
  const int result = n == static_cast<ssize_t>(length) ? kDone : (n < 0 ? errno : EIO);
  ::close(fd);
  return result;
}

/// Reads a small file into a buffer, always ended by NUL; false when it cannot be read.
bool read_small(const char* path, char* buffer, std::size_t size) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = ::read(fd, buffer, size - 1);
  ::close(fd);
  buffer[n > 0 ? n : 0] = '\0';
  return n > 0;
}

/// Writes another value to a sysctl and reads it back: kDone when it took. A value of this namespace goes with it.
int change_sysctl(const char* path) {
  char text[96];
  if (!read_small(path, text, sizeof text)) return errno != 0 ? errno : ENOENT;
  const long before = std::strtol(text, nullptr, 10);
  // One less stays within every limit; msg_max of 1 cannot be lowered.
  const long wanted = before > 1 ? before - 1 : before + 1;
  char digits[24];
  char* at = digits + sizeof digits;
  for (long rest = wanted; rest > 0; rest /= 10) *--at = static_cast<char>('0' + rest % 10);
  if (const int failed = write_text(path, at, static_cast<std::size_t>(digits + sizeof digits - at)); failed != kDone)
    return failed;
  if (!read_small(path, text, sizeof text)) return EIO;
  return std::strtol(text, nullptr, 10) == wanted ? kDone : EIO;
}

void try_sysctls(const Setting& setting, bool proc_at_base) {
  TrialReport& report = *setting.report;
  char inner[64] = {};
  const ssize_t length = ::readlink("/proc/self/ns/ipc", inner, sizeof inner - 1);
  // Nothing is written unless it is certain that the namespace is another one than the machine's.
  if (length <= 0 || setting.outer_ipc.empty() || setting.outer_ipc == inner) {
    report.sysctl = ENOTSUP;
    return;
  }
  const auto& paths = proc_at_base ? setting.sysctls : setting.outer_sysctls;
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (!read_small(paths[i].c_str(), report.values[i], sizeof report.values[i])) report.values[i][0] = '\0';
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (std::strcmp(kIpcSysctls[i], "fs.mqueue.msg_max") != 0 && std::strcmp(kIpcSysctls[i], "kernel.msgmni") != 0)
      continue;
    std::strncpy(report.sysctl_path, kIpcSysctls[i], sizeof report.sysctl_path - 1);
    report.sysctl = change_sysctl(paths[i].c_str());
    if (report.sysctl != kDone) return;
  }
}

int run_init(const Setting& setting) {
  TrialReport& report = *setting.report;
  const int flags = setting.plan.flags;
  bool proc_at_base = false;
  if ((flags & CLONE_NEWPID) != 0) report.init_is_one = ::getpid() == 1 ? kDone : ENOTSUP;
  if ((flags & CLONE_NEWNS) != 0) {
    report.made_private = result_of(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
    if (report.made_private == kDone) {
      report.tmpfs = result_of(::mount("tmpfs", setting.base.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=64k"));
      const bool folders = report.tmpfs == kDone && ::mkdir(setting.proc.c_str(), 0755) == 0 &&
                           ::mkdir(setting.mqueue.c_str(), 0755) == 0;
      const char* proc = folders ? setting.proc.c_str() : "/proc";
      const char* mqueue = folders ? setting.mqueue.c_str() : setting.base.c_str();
      report.mqueue = result_of(::mount("mqueue", mqueue, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
      report.proc = result_of(::mount("proc", proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
      proc_at_base = folders && report.proc == kDone;
    }
  }
  if ((flags & CLONE_NEWIPC) != 0) try_sysctls(setting, proc_at_base);
  report.net = result_of(::unshare(CLONE_NEWNET));
  // In the user namespace of the sandbox a further one proves nothing: that one already worked.
  if ((flags & CLONE_NEWUSER) == 0) report.nested_user = result_of(::unshare(CLONE_NEWUSER));
  return 0;
}

int map_own_id(const Setting& setting) {
  // A single own id may be mapped without privilege, once setgroups() is given up (absent before Linux 3.19).
  if (const int denied = write_text("/proc/self/setgroups", "deny", 4); denied != kDone && denied != ENOENT)
    return denied;
  const int uid = write_text("/proc/self/uid_map", setting.own_uid_map.c_str(), setting.own_uid_map.size());
  if (uid != kDone) return uid;
  return write_text("/proc/self/gid_map", setting.own_gid_map.c_str(), setting.own_gid_map.size());
}

int become_other(const Setting& setting) {
  if (::setresgid(setting.other_gid, setting.other_gid, setting.other_gid) != 0) return errno;
  return result_of(::setresuid(setting.other_uid, setting.other_uid, setting.other_uid));
}

int run_child(const Setting& setting) {
  TrialReport& report = *setting.report;
  report.unshared = setting.plan.flags == 0 ? kDone : result_of(::unshare(setting.plan.flags));
  if (report.unshared != kDone || !setting.plan.inside) return 0;
  if ((setting.plan.flags & CLONE_NEWUSER) != 0) {
    if (setting.plan.many_ids) {
      char byte = 'u';
      if (::write(setting.unshared_bell, &byte, 1) != 1 || !read_byte(setting.mapped_bell, &byte)) return 1;
    } else {
      report.mapped = map_own_id(setting);
    }
    if (report.mapped != kDone) return 0;
  }
  const pid_t init = ::fork();
  if (init < 0) {
    report.init_forked = errno;
    return 0;
  }
  if (init == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(run_init(setting));
  }
  report.init_forked = kDone;
  int status = 0;
  while (::waitpid(init, &status, 0) < 0 && errno == EINTR) {
  }
  if (setting.plan.change_uid) report.changed_uid = become_other(setting);
  return 0;
}

Setting prepare(const TrialPlan& plan, TrialReport* report) {
  Setting setting;
  setting.plan = plan;
  setting.report = report;
  char link[64] = {};
  if (::readlink("/proc/self/ns/ipc", link, sizeof link - 1) > 0) setting.outer_ipc = link;
  setting.own_uid_map = fmt::format("0 {} 1", ::geteuid());
  setting.own_gid_map = fmt::format("0 {} 1", ::getegid());
  setting.other_uid = some_other_id(own_id_map("uid_map"));
  setting.other_gid = some_other_id(own_id_map("gid_map"));
  for (const char* folder : {"/dev/shm", "/tmp", "/mnt", "/run", "/proc"}) {
    struct stat status {};
    setting.base = folder;
    if (::stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) break;
  }
  setting.proc = setting.base + "/proc";
  setting.mqueue = setting.base + "/mqueue";
  for (std::size_t i = 0; i < kIpcSysctls.size(); ++i) {
    setting.outer_sysctls[i] = sysctl_path(kIpcSysctls[i]);
    setting.sysctls[i] = setting.base + setting.outer_sysctls[i];
  }
  return setting;
}

/// The part of this process while the child waits for its map.
int map_all_ids(pid_t child) {
  for (const char* file : {"uid_map", "gid_map"}) {
    const auto written = write_existing(fmt::format("/proc/{}/{}", child, file), identity_map(own_id_map(file)));
    if (!written) return written.error().number;
  }
  return kDone;
}

}  // namespace

TrialReport run_trial(const TrialPlan& plan) {
  TrialReport failed;
  const auto memory = Mapping::shared(sizeof(TrialReport));
  if (!memory) {
    failed.unshared = memory.error().number;
    return failed;
  }
  auto* report = new (memory->get()) TrialReport;
  Setting setting = prepare(plan, report);
  int unshared[2] = {-1, -1};
  int mapped[2] = {-1, -1};
  if (::pipe2(unshared, O_CLOEXEC) != 0 || ::pipe2(mapped, O_CLOEXEC) != 0) {
    failed.unshared = errno;
    return failed;
  }
  const Fd unshared_read(unshared[0]);
  Fd unshared_write(unshared[1]);
  const Fd mapped_read(mapped[0]);  // stays open here: writing to a child that died gives no SIGPIPE
  Fd mapped_write(mapped[1]);
  setting.unshared_bell = unshared[1];
  setting.mapped_bell = mapped[0];

  const pid_t child = ::fork();
  if (child < 0) {
    failed.unshared = errno;
    return failed;
  }
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Else this end, open in the child as well, would keep it from seeing that its parent has given up.
    ::close(mapped[1]);
    ::_exit(run_child(setting));
  }
  unshared_write.reset();
  char byte = 0;
  // One byte when the child asks for its map, none when it ends without asking.
  if (plan.many_ids && read_byte(unshared_read.get(), &byte)) {
    report->mapped = map_all_ids(child);
    byte = 'm';
    while (::write(mapped_write.get(), &byte, 1) < 0 && errno == EINTR) {
    }
  }
  mapped_write.reset();
  const auto status = wait_for(child);
  if (!status) report->unshared = status.error().number;
  if (status && report->unshared == kNotTried) report->unshared = ECHILD;  // killed in unshare(): by seccomp
  return *report;
}

}  // namespace kipc
