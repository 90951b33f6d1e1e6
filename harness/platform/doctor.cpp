#include "platform/doctor.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/result.hpp"
#include "base/text.hpp"
#include "platform/bpf_probe.hpp"
#include "platform/capabilities.hpp"
#include "platform/cgroup.hpp"
#include "platform/clone_memory.hpp"
#include "platform/fault_engines.hpp"
#include "platform/fingerprint.hpp"
#include "platform/kernel_config.hpp"
#include "platform/observe_probe.hpp"
#include "platform/proc_text.hpp"
#include "platform/sandbox_probe.hpp"
#include "platform/syscalls.hpp"
#include "platform/sysctls.hpp"

namespace kipc {

namespace {

using Findings = std::vector<Finding>;

void say(Findings& findings, std::string topic, std::string value) {
  findings.push_back({std::move(topic), value.empty() ? "unknown" : std::move(value), true, ""});
}

void judge(Findings& findings, std::string topic, bool ok, const std::string& reason, std::string enable) {
  if (ok) {
    findings.push_back({std::move(topic), "yes", true, ""});
  } else {
    findings.push_back({std::move(topic), reason.empty() ? "no" : "no: " + reason, false, std::move(enable)});
  }
}

void judge(Findings& findings, std::string topic, bool ok, const Missing* missing) {
  judge(findings, std::move(topic), ok, missing != nullptr ? missing->reason : "",
        missing != nullptr ? missing->enable : "");
}

std::string amount(std::uint64_t value) { return value == kUnlimited ? "unlimited" : fmt::format("{}", value); }

void platform(Findings& findings, const Fingerprint& print) {
  say(findings, "kipc", print.kipc_version);
  say(findings, "kernel", fmt::format("{} {} {}", print.kernel, print.kernel_release, print.kernel_version));
  say(findings, "distribution", print.distribution);
  say(findings, "libc",
      fmt::format("{} {}{}", print.libc, print.libc_version, print.libc_static ? " (static, in kipc)" : ""));
  say(findings, "machine",
      fmt::format("{}, {} bits, {} endian, pages of {} bytes, PIPE_BUF {}", print.machine, print.word_size,
                  print.little_endian ? "little" : "big", print.page_size, print.pipe_buf));
  say(findings, "processors",
      fmt::format("{} usable of {} online{}{}", print.cpus_usable, print.cpus_online,
                  print.cpu_model.empty() ? "" : ", ", print.cpu_model));
  say(findings, "virtualisation", print.virtualisation);
  say(findings, "container", print.container.empty() ? "no sign of one" : print.container);
  const KernelConfig& config = kernel_config();
  judge(findings, "kernel configuration", config.known(), config.reason,
        "Enable CONFIG_IKCONFIG_PROC, or install the package with /boot/config-RELEASE.");
  if (config.known()) findings.back().value = fmt::format("{}, FNV-1a {}", config.source, print.config_digest);
  std::vector<std::string> mitigations;
  for (const auto& [name, text] : print.mitigations) mitigations.push_back(fmt::format("{}: {}", name, text));
  say(findings, "processor flaws", mitigations.empty() ? "none affects it" : join(mitigations, "; "));
}

void rights(Findings& findings, const Fingerprint& print) {
  say(findings, "user",
      fmt::format("uid {}, euid {}{}", print.uid, print.euid,
                  print.initial_user_namespace ? "" : ", in a user namespace of its own"));
  std::vector<std::string> lacking;
  for (const std::string_view name : capability_names())
    if (!has_capability(capability_number(name))) lacking.emplace_back(name);
  const bool all = lacking.empty();
  const bool few = lacking.size() <= capability_names().size() / 2;
  findings.push_back({"capabilities",
                      all                          ? "all"
                      : print.capabilities.empty() ? "none"
                      : few                        ? "all but " + join(lacking, ", ")
                                                   : join(print.capabilities, ", "),
                      all,
                      all               ? ""
                      : print.euid == 0 ? "Start kipc from a session that has them (docker: --cap-add)."
                                        : "Run kipc as root of the machine."});
  const std::string lsms = print.lsms_reason.empty() ? join(print.lsms, ", ") : "unknown: " + print.lsms_reason;
  say(findings, "security modules", lsms);
  say(findings, "lockdown", read_line("/sys/kernel/security/lockdown"));
  say(findings, "seccomp: kipc runs under", print.seccomp);
}

void limits(Findings& findings, const Fingerprint& print) {
  for (const auto& [name, limit] : print.limits)
    say(findings, "limit: " + name, fmt::format("{}, hard {}", amount(limit.soft), amount(limit.hard)));
  for (const auto& [name, value] : print.sysctls) say(findings, "sysctl: " + name, value);
}

void isolation(Findings& findings) {
  const SandboxAbility ability = probe_sandbox();
  struct Row {
    const char* what;
    bool SandboxAbility::*works;
  };
  constexpr Row kRows[] = {
      {"user namespace", &SandboxAbility::user},
      {"pid namespace", &SandboxAbility::pid},
      {"ipc namespace", &SandboxAbility::ipc},
      {"mount namespace", &SandboxAbility::mount},
      {"net namespace", &SandboxAbility::net},
      {"proc mount", &SandboxAbility::proc_mount},
      {"mqueue mount", &SandboxAbility::mqueue_mount},
      {"tmpfs mount", &SandboxAbility::tmpfs_mount},
      {"private sysctl", &SandboxAbility::private_sysctl},
      {"many uids", &SandboxAbility::can_map_many_uids},
  };
  for (const Row& row : kRows)
    judge(findings, fmt::format("sandbox: {}", row.what), ability.*row.works, ability.why_not(row.what));
  static const Missing kFork{"shared memory", "clone() with CLONE_VM makes a fork, as QEMU's user mode does",
                             "Nothing is skipped for it: each variant runs in a process that judges it as well."};
  const bool shares = clone_shares_memory();
  judge(findings, "sandbox: memory of clone()", shares, shares ? nullptr : &kFork);
  if (ability.ipc && ability.mount && ability.pid)
    say(findings, "sandbox: made with", ability.with_user ? "a user namespace" : "CAP_SYS_ADMIN");
}

void observation(Findings& findings) {
  const ObserveAbility ability = probe_observation();
  judge(findings, "blocking: /proc/PID/syscall", ability.syscall, ability.why_not("syscall"));
  judge(findings, "blocking: /proc/PID/stat", ability.stat_state, ability.why_not("stat state"));
  judge(findings, "blocking: /proc/PID/schedstat", ability.schedstat, ability.why_not("schedstat"));
  judge(findings, "blocking: /proc/PID/wchan", ability.wchan, ability.why_not("wchan"));
  judge(findings, "blocking: pidfd_open", ability.pidfd, ability.why_not("pidfd"));
}

std::string enable_bpf(int error_number) {
  if (error_number == ENOSYS || error_number == EINVAL)
    return "Use a kernel built with CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS.";
  return "Run kipc as root (CAP_BPF and CAP_PERFMON), without a seccomp filter or lockdown that refuses bpf().";
}

void ebpf(Findings& findings) {
  const BpfAbility ability = probe_bpf();
  const auto loads = [&](const char* topic, int error_number) {
    judge(findings, topic, error_number == 0, Errno{error_number, "bpf(BPF_PROG_LOAD)"}.text(),
          enable_bpf(error_number));
  };
  loads("eBPF: socket filters load", ability.socket_filter);
  loads("eBPF: raw tracepoints load", ability.raw_tracepoint);
  judge(findings, "eBPF: BTF of the kernel", ability.btf, "/sys/kernel/btf/vmlinux cannot be read",
        "Use a kernel built with CONFIG_DEBUG_INFO_BTF.");
  judge(findings, "eBPF: kprobes", ability.kprobe, "/sys/bus/event_source/devices/kprobe is absent",
        "Use a kernel built with CONFIG_KPROBE_EVENTS; without, copies of pipes and queues are inferred, not counted.");
  judge(findings, "eBPF: uprobes", ability.uprobe, "/sys/bus/event_source/devices/uprobe is absent",
        "Use a kernel built with CONFIG_UPROBE_EVENTS.");
  // Without kprobes the kernel counts all its code among what must not be probed, and answers EINVAL.
  judge(findings, "eBPF: breakpoints on kernel code", ability.breakpoint && ability.kprobe,
        ability.breakpoint ? "a kernel without kprobes refuses them"
                           : "/sys/bus/event_source/devices/breakpoint is absent",
        ability.breakpoint ? "Use a kernel built with CONFIG_KPROBE_EVENTS; without, raw copies are not counted."
                           : "Use a processor and kernel with CONFIG_HAVE_HW_BREAKPOINT.");
  judge(findings, "eBPF: tracefs", ability.tracefs,
        ability.tracefs_path.empty() ? "it is not mounted" : "available_filter_functions cannot be read",
        ability.tracefs_path.empty()
            ? "Mount it: mount -t tracefs tracefs /sys/kernel/tracing (raw tracepoints do without)."
            : "Run kipc as root, on a kernel built with CONFIG_FUNCTION_TRACER.");
  for (const char* name : {"CAP_BPF", "CAP_PERFMON"})
    judge(findings, fmt::format("eBPF: {}", name), has_capability(capability_number(name)), "", "Run kipc as root.");
}

void faults(Findings& findings) {
  for (const std::string_view engine : fault_engines()) {
    if (engine == "call" || engine.starts_with("bpf-"))
      continue;  // any of the others; what eBPF can is found out by loading it
    const auto& missing = fault_engine_missing(engine);
    judge(findings, fmt::format("faults: {}", engine), !missing, missing ? &*missing : nullptr);
    const std::string_view controller = engine.starts_with("cgroup-") ? engine.substr(7) : "";
    if (!missing && !controller.empty())
      findings.back().value =
          fmt::format("version {}, {}", cgroup_place(controller)->version, cgroup_place(controller)->folder);
  }
}

void mechanisms(Findings& findings) {
  struct statfs kind {};
  struct statvfs size {};
  const bool shm = ::statfs("/dev/shm", &kind) == 0 && kind.f_type == TMPFS_MAGIC && ::statvfs("/dev/shm", &size) == 0;
  judge(findings, "mechanisms: /dev/shm", shm, "it is no tmpfs", "Mount it: mount -t tmpfs shm /dev/shm.");
  if (shm)
    findings.back().value = fmt::format("tmpfs of {} KiB, {} KiB free", size.f_blocks * size.f_frsize / 1024,
                                        size.f_bavail * size.f_frsize / 1024);
  const std::string filesystems = read_line("/proc/filesystems");
  judge(findings, "mechanisms: mqueue file system", filesystems.find("\tmqueue") != std::string::npos,
        "/proc/filesystems does not have it", "Use a kernel built with CONFIG_POSIX_MQUEUE.");
  judge(findings, "mechanisms: System V IPC", exists("/proc/sysvipc"), "/proc/sysvipc is absent",
        "Use a kernel built with CONFIG_SYSVIPC.");
  for (const std::string_view name : probed_syscalls()) {
    if (name == "userfaultfd") continue;  // among the faults
    const SyscallState& state = syscall_state(name);
    judge(findings, fmt::format("mechanisms: {}()", name), state.usable, state.reason, state.enable);
  }
}

}  // namespace

std::vector<Finding> examine() {
  Findings findings;
  const Fingerprint print = take_fingerprint();
  platform(findings, print);
  rights(findings, print);
  limits(findings, print);
  isolation(findings);
  observation(findings);
  mechanisms(findings);
  ebpf(findings);
  faults(findings);
  return findings;
}

}  // namespace kipc
