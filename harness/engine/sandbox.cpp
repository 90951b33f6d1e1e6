#include "engine/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/file.hpp"
#include "platform/sysctls.hpp"

namespace kipc {

bool uses_call(const Program& program, std::string_view prefix) {
  return std::any_of(program.steps.begin(), program.steps.end(), [&](const Step* step) {
    return step->row != nullptr && step->row->name.substr(0, prefix.size()) == prefix;
  });
}

std::string SandboxPlan::text() const {
  if (!ipc) return "none: unique names and a sweep of what was recorded";
  std::string spaces = "ipc";
  if (pid) spaces += " pid";
  if (mount) spaces += " mount";
  return user ? "user namespace with " + spaces + " namespaces" : spaces + " namespaces";
}

Result<SandboxPlan> plan_sandbox(Isolation wish, const SandboxAbility& ability) {
  SandboxPlan plan;
  const bool any = ability.ipc && ability.mount && ability.tmpfs_mount;
  const bool privileged = any && !ability.with_user;
  const auto refuse = [&](const char* what) {
    const Missing* why = ability.why_not("ipc namespace");
    if (why == nullptr) why = ability.why_not("user namespace");
    return fail(fmt::format("{} cannot be had here{}", what,
                            why == nullptr ? "" : fmt::format(": {}. {}", why->reason, why->enable)));
  };
  if (wish == Isolation::namespaces && !privileged) return refuse("isolation by namespaces with privilege");
  if (wish == Isolation::user && !(any && (ability.with_user || ability.user)))
    return refuse("isolation by a user namespace");
  if (wish != Isolation::none && any) {
    plan.user = wish == Isolation::user || ability.with_user;
    plan.ipc = true;
    plan.mount = true;
    plan.pid = ability.pid && ability.proc_mount;
    plan.net = ability.net;
    plan.proc_mount = ability.proc_mount;
    plan.mqueue_mount = ability.mqueue_mount;
    plan.tmpfs_mount = ability.tmpfs_mount;
  }
  char path[4096];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof path - 1);
  if (n > 0) plan.image.assign(path, static_cast<std::size_t>(n));
  auto directory = make_run_directory();
  if (!directory) return tl::make_unexpected(directory.error());
  plan.run_directory = *directory;
  return plan;
}

Result<std::string> make_run_directory() {
  std::vector<std::string> bases;
  if (const char* wanted = std::getenv("TMPDIR"); wanted != nullptr && *wanted != '\0') bases.emplace_back(wanted);
  bases.insert(bases.end(), {"/tmp", "/var/tmp", "/dev/shm", "."});
  for (const std::string& base : bases) {
    std::string path = base + "/kipc-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) continue;
    ::chmod(path.c_str(), 0711);
    return std::filesystem::absolute(path).string();
  }
  return fail("no directory for temporary files: TMPDIR, /tmp, /var/tmp and the working directory are not writable");
}

void remove_run_directory(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

unsigned long Sandbox::clone_flags() const {
  unsigned long flags = SIGCHLD;
  if (plan_.user) flags |= CLONE_NEWUSER;
  if (plan_.pid) flags |= CLONE_NEWPID;
  if (plan_.ipc) flags |= CLONE_NEWIPC;
  if (plan_.mount) flags |= CLONE_NEWNS;
  if (plan_.net && program_.sandbox.network) flags |= CLONE_NEWNET;
  return flags;
}

std::string Sandbox::private_directory() const {
  return plan_.mount ? plan_.run_directory : plan_.run_directory + "/" + part_;
}

Result<void> Sandbox::map_user() {
  if (!plan_.user) return {};
  // The parent's ids are not visible any more: geteuid() gives the overflow id until the map is written. The numbers
  // come with the plan's process: they are the owner of the run directory.
  struct stat owner {};
  if (::stat(plan_.run_directory.c_str(), &owner) != 0) return fail(Errno::last("stat").text());
  (void)write_existing("/proc/self/setgroups", "deny");
  const std::string uid = part_.substr(part_.find(':') + 1);
  const std::size_t comma = uid.find(',');
  if (auto done = write_existing("/proc/self/uid_map", fmt::format("0 {} 1", uid.substr(0, comma))); !done)
    return fail("uid_map: " + done.error().text());
  if (auto done = write_existing("/proc/self/gid_map", fmt::format("0 {} 1", uid.substr(comma + 1))); !done)
    return fail("gid_map: " + done.error().text());
  return {};
}

Result<void> Sandbox::make_mounts() {
  const auto refused = [](const char* what) { return fail(fmt::format("{}: {}", what, Errno::last("mount").text())); };
  const int image = program_.uses_exec ? ::open(plan_.image.c_str(), O_PATH | O_CLOEXEC) : -1;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return refused("private mounts");
  if (::mount("tmpfs", plan_.run_directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0)
    return refused("scratch directory");
  if (image >= 0) {
    const std::string at = plan_.run_directory + "/image";
    const Fd file(::open(at.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    if (::mount(fmt::format("/proc/self/fd/{}", image).c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0)
      image_ = at;
    ::close(image);
  }
  if (plan_.pid && ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return refused("/proc");
  const bool shm = uses_call(program_, "shm_") || uses_call(program_, "sem_") || !program_.sandbox.mounts.empty();
  struct stat exists {};
  if (shm && ::stat("/dev/shm", &exists) == 0) {
    std::string options = "mode=1777";
    for (const auto& [point, size] : program_.sandbox.mounts) options += ",size=" + size;
    if (::mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) return refused("/dev/shm");
  }
  if (uses_call(program_, "mq_") && plan_.mqueue_mount) {
    mqueue_ = plan_.run_directory + "/mqueue";
    ::mkdir(mqueue_.c_str(), 0755);
    if (::mount("mqueue", mqueue_.c_str(), "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) mqueue_.clear();
  }
  return {};
}

Result<void> Sandbox::write_sysctls() {
  for (const auto& [name, value] : program_.sandbox.sysctls) {
    if (!plan_.ipc)
      return fail(fmt::format("sysctl {} = {}: there is no private IPC namespace to set it in", name, value));
    if (auto done = write_existing(sysctl_path(name), value); !done)
      return fail(fmt::format("sysctl {} = {}: {}", name, value, done.error().text()));
  }
  return {};
}

namespace {

Result<void> raise_loopback() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!socket || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return fail(Errno::last("loopback up").text());
  return {};
}

}  // namespace

Result<void> Sandbox::enter() {
  image_ = plan_.image;
  if (auto done = map_user(); !done) return done;
  if (plan_.mount)
    if (auto done = make_mounts(); !done) return done;
  if (plan_.net && program_.sandbox.network)
    if (auto done = raise_loopback(); !done) return done;
  if (auto done = write_sysctls(); !done) return done;
  if (!plan_.mount) ::mkdir(private_directory().c_str(), 0711);
  const std::string scratch = private_directory() + "/work";
  if (::mkdir(scratch.c_str(), 0777) != 0 || ::chmod(scratch.c_str(), 01777) != 0 || ::chdir(scratch.c_str()) != 0)
    return fail("scratch directory: " + Errno::last("mkdir").text());
  return {};
}

void Sandbox::leave() {
  if (plan_.mount) return;
  (void)::chdir("/");
  remove_run_directory(private_directory());
}

}  // namespace kipc
