#include "platform/sandbox_reason.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.hpp"
#include "platform/kernel_config.hpp"
#include "platform/sysctls.hpp"

namespace kipc {

namespace {

bool under_seccomp() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2; }

bool sysctl_is(const char* name, const char* value) { return read_sysctl(name) == value; }

const char* option_of(const std::string& name) {
  if (name == "user") return "USER_NS";
  if (name == "pid") return "PID_NS";
  if (name == "ipc") return "IPC_NS";
  if (name == "net") return "NET_NS";
  return "NAMESPACES";
}

std::string limit_of(const std::string& name) {
  return fmt::format("user.max_{}_namespaces", name == "mount" ? "mnt" : name);
}

std::string refused(const std::string& otherwise) {
  if (under_seccomp())
    return "Start kipc without the seccomp filter it runs under (docker or podman: --security-opt "
           "seccomp=unconfined).";
  if (::geteuid() != 0) {
    if (sysctl_is("kernel.unprivileged_userns_clone", "0"))
      return "Set the sysctl kernel.unprivileged_userns_clone to 1, or run kipc as root.";
    if (sysctl_is("kernel.apparmor_restrict_unprivileged_userns", "1"))
      return "Set the sysctl kernel.apparmor_restrict_unprivileged_userns to 0, or run kipc as root.";
  }
  return otherwise;
}

}  // namespace

std::string reason_of(const std::string& call, int error_number) {
  return error_number > 0 ? Errno{error_number, call.c_str()}.text() : call + ": it could not be tried";
}

Missing missing_namespace(const std::string& name, const std::string& call, int error_number) {
  Missing missing{name + " namespace", reason_of(call, error_number), ""};
  switch (error_number) {
    case ENOSYS:
    case EINVAL: missing.enable = fmt::format("Use a kernel built with CONFIG_{}.", option_of(name)); break;
    case ENOSPC:
    case EUSERS:
      missing.enable = fmt::format("Raise the sysctl {} (now {}), or nest fewer namespaces.", limit_of(name),
                                   read_sysctl(limit_of(name)).value_or("unknown"));
      break;
    case ENOMEM:
    case EAGAIN:
      missing.enable = "Free memory, or raise the limit of processes (RLIMIT_NPROC, cgroup pids.max).";
      break;
    case ECHILD: missing.enable = refused("Allow unshare() in the sandbox that kipc runs in."); break;
    default:
      missing.enable =
          refused(name == "user" ? "Start kipc outside of a chroot, where the security policy allows user namespaces."
                                 : "Run kipc as root with CAP_SYS_ADMIN (docker: --privileged).");
  }
  return missing;
}

Missing missing_for_lack_of_map(const std::string& name, int error_number) {
  // Since Linux 5.12 whoever maps uid 0 of the parent namespace needs CAP_SETFCAP there.
  return {name + " namespace", reason_of("writing uid_map and gid_map", error_number),
          ::geteuid() == 0 ? "Run kipc as an ordinary user, or as root with CAP_SYS_ADMIN or CAP_SETFCAP."
                           : refused("Run kipc as root, or where /proc/self/uid_map can be written.")};
}

Missing missing_mount(const std::string& type, int error_number) {
  Missing missing{type + " mount", reason_of("mount", error_number), ""};
  if (error_number == ENODEV) {
    const char* option = type == "mqueue" ? "POSIX_MQUEUE" : type == "proc" ? "PROC_FS" : "TMPFS";
    missing.enable = fmt::format("Use a kernel built with CONFIG_{}.", option);
  } else if (type == "proc" && (error_number == EPERM || error_number == EACCES)) {
    missing.enable = refused(
        "Start kipc where nothing is mounted over parts of /proc (podman: --security-opt unmask=ALL; docker: "
        "--privileged).");
  } else {
    missing.enable = refused("Run kipc as root, where the security policy allows mounts.");
  }
  return missing;
}

Missing missing_sysctl(const std::string& path, int error_number) {
  if (error_number == ENOTSUP)
    return {"private sysctl", "the IPC namespace inside cannot be told from the one outside, so nothing was written",
            "Mount /proc with the links of /proc/self/ns."};
  Missing missing{"private sysctl", reason_of("writing " + path, error_number), ""};
  missing.enable = ::geteuid() == 0 ? "Make /proc/sys writable in the sandbox (docker: --privileged)."
                                    : "Run kipc as root, or use a kernel where the owner of an IPC namespace may write "
                                      "its sysctls.";
  if (error_number == ENOENT) missing.enable = "Use a kernel built with CONFIG_SYSVIPC_SYSCTL and CONFIG_POSIX_MQUEUE.";
  return missing;
}

Missing missing_for_lack_of(const std::string& what, const Missing& other) {
  // A chain of needs ends in one reason: that is the one to tell.
  if (other.reason.starts_with("it needs ")) return {what, other.reason, other.enable};
  const char* article = other.what.starts_with("ipc") ? "an" : "a";
  return {what, fmt::format("it needs {} {}: {}", article, other.what, other.reason), other.enable};
}

}  // namespace kipc
