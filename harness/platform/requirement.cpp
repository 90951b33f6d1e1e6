#include "platform/requirement.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>

#include "base/text.hpp"
#include "model/costs.hpp"
#include "platform/capabilities.hpp"
#include "platform/cpus.hpp"
#include "platform/fault_engines.hpp"
#include "platform/id_map.hpp"
#include "platform/kernel_config.hpp"
#include "platform/proc_text.hpp"
#include "platform/rlimits.hpp"
#include "platform/syscalls.hpp"
#include "platform/sysctls.hpp"

namespace kipc {

namespace {

using Answer = std::optional<Unmet>;

Answer from(const Missing* missing, std::string_view what) {
  if (missing == nullptr) return Unmet{fmt::format("{}: not available", what), "See kipc doctor."};
  return Unmet{fmt::format("{}: {}", missing->what, missing->reason), missing->enable};
}

Answer capability(const Requirement& requirement, const SandboxAbility& sandbox) {
  const int number = capability_number(requirement.name);
  const bool held = has_capability(number);
  // An own user namespace gives its actors all capabilities, but only over what belongs to it.
  if (counts_in_user_namespace(number)) {
    if (held || sandbox.with_user) return std::nullopt;
  } else if (held && !sandbox.with_user && in_initial_user_namespace()) {
    return std::nullopt;
  }
  Unmet missing;
  missing.what = held ? fmt::format("{}: held, but it counts only in the initial user namespace", requirement.name)
                      : fmt::format("{}: kipc does not have it", requirement.name);
  const bool as_root = ::geteuid() == 0 && !held;
  missing.enable = as_root ? fmt::format("Start kipc from a session that has {0} (docker: --cap-add {1}).",
                                         requirement.name, std::string_view(requirement.name).substr(4))
                           : "Run kipc as root of the machine.";
  return missing;
}

Answer cpus(const Requirement& requirement, const SandboxAbility&) {
  if (cpus_usable() >= requirement.at_least) return std::nullopt;
  return Unmet{
      fmt::format("cpus: {} usable of {} online, {} are needed", cpus_usable(), cpus_online(), requirement.at_least),
      "Use a machine, cpuset or affinity with more processors."};
}

Answer fault(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (requirement.name.starts_with("bpf-")) {  // whoever runs cases tells whether their programs are loaded
    if (sandbox.loaded_engines.count(requirement.name) > 0) return std::nullopt;
    const std::string what = "fault " + requirement.name;
    return from(sandbox.why_not(what), what);
  }
  if (const auto& missing = fault_engine_missing(requirement.name))
    return Unmet{fmt::format("{}: {}", missing->what, missing->reason), missing->enable};
  if (requirement.name == "userfaultfd" && sandbox.with_user)
    return Unmet{"faults by userfaultfd: root of a user namespace has no right to it",
                 "Run kipc as root of the machine."};
  return std::nullopt;
}

Answer file(const Requirement& requirement, const SandboxAbility&) {
  if (exists(requirement.name)) return std::nullopt;
  return Unmet{fmt::format("{}: {}", requirement.name, Errno::last("access").text()),
               "Use a platform that has this file, and let kipc see it."};
}

/// A file that is there exactly when an option is set; "" when none is known.
std::string_view witness_of(std::string_view option) {
  struct Row {
    std::string_view option;
    std::string_view file;
  };
  constexpr Row kRows[] = {
      {"CHECKPOINT_RESTORE", "/proc/sys/kernel/msg_next_id"},
      {"IPC_NS", "/proc/self/ns/ipc"},
      {"NET_NS", "/proc/self/ns/net"},
      {"PID_NS", "/proc/self/ns/pid"},
      {"POSIX_MQUEUE", "/proc/sys/fs/mqueue"},
      {"POSIX_MQUEUE_SYSCTL", "/proc/sys/fs/mqueue"},
      {"SCHED_INFO", "/proc/self/schedstat"},
      {"SECCOMP", "/proc/sys/kernel/seccomp"},
      {"SYSVIPC", "/proc/sysvipc"},
      {"SYSVIPC_SYSCTL", "/proc/sys/kernel/msgmni"},
      {"USER_NS", "/proc/self/ns/user"},
  };
  for (const Row& row : kRows)
    if (row.option == option) return row.file;
  return "";
}

Answer kernel_option(const Requirement& requirement, const SandboxAbility&) {
  std::string_view name = requirement.name;
  if (name.starts_with("CONFIG_")) name.remove_prefix(7);
  const KernelConfig& config = kernel_config();
  const std::string enable = fmt::format("Use a kernel built with CONFIG_{}.", name);
  if (config.known()) {
    const std::string value = config.option(name).value_or("n");
    if (value == "y" || value == "m") return std::nullopt;
    return Unmet{fmt::format("CONFIG_{} is {} in {}", name, value == "n" ? "not set" : value, config.source), enable};
  }
  const std::string_view witness = witness_of(name);
  if (!witness.empty() && exists(std::string(witness))) return std::nullopt;
  if (!witness.empty())
    return Unmet{
        fmt::format("CONFIG_{}: the configuration of the kernel is not readable, and {} is absent", name, witness),
        enable};
  return Unmet{fmt::format("CONFIG_{}: the configuration of the kernel is not readable: {}", name, config.reason),
               "Make it readable (CONFIG_IKCONFIG_PROC, or the package with /boot/config-RELEASE)."};
}

Answer limit(const Requirement& requirement, const SandboxAbility&) {
  const auto value = read_rlimit(requirement.name);
  if (!value) return Unmet{fmt::format("{}: {}", requirement.name, value.error().text()), "See getrlimit(2)."};
  if (const Errno refused = try_rlimit(requirement.name); refused.number != 0)
    return Unmet{fmt::format("{}: it can be read, but not set: {}", requirement.name, refused.text()),
                 "Use a kernel that lets a process set this limit."};
  // What is below the hard limit an actor may raise for itself.
  if (value->hard == kUnlimited || static_cast<std::uint64_t>(requirement.at_least) <= value->hard) return std::nullopt;
  return Unmet{
      fmt::format("{}: the hard limit is {}, {} is needed", requirement.name, value->hard, requirement.at_least),
      "Raise the hard limit that kipc starts with (ulimit -H, prlimit, systemd's Limit... settings)."};
}

bool SandboxAbility::*namespace_named(std::string_view name) {
  if (name == "ipc") return &SandboxAbility::ipc;
  if (name == "mount") return &SandboxAbility::mount;
  if (name == "net") return &SandboxAbility::net;
  if (name == "pid") return &SandboxAbility::pid;
  return &SandboxAbility::user;
}

Answer namespace_(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (sandbox.*namespace_named(requirement.name)) return std::nullopt;
  const std::string what = requirement.name + " namespace";
  return from(sandbox.why_not(what), what);
}

Answer private_sysctl(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (!sandbox.private_sysctl) return from(sandbox.why_not("private sysctl"), "private sysctl");
  if (!sandbox.fresh_sysctls.empty() && !sandbox.fresh_sysctls.contains(requirement.name))
    return Unmet{fmt::format("{}: no such sysctl in an IPC namespace of this kernel", requirement.name),
                 "Use a kernel that has it."};
  return std::nullopt;
}

/// The number in a value of several ("250 32000 32 128") that "kernel.sem[2]" means; the first without an index.
std::optional<std::int64_t> number_in(const std::string& value, std::size_t index) {
  std::size_t begin = 0;
  for (; index > 0 && begin != std::string::npos; --index) {
    begin = value.find(' ', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (begin == std::string::npos) return std::nullopt;
  const char* end = value.data() + value.size();
  // shmmax and shmall begin as ULONG_MAX - 2^24: more than an int64 holds.
  std::uint64_t large = 0;
  if (std::from_chars(value.data() + begin, end, large).ec == std::errc{})
    return static_cast<std::int64_t>(std::min<std::uint64_t>(large, INT64_MAX));
  std::int64_t number = 0;
  if (std::from_chars(value.data() + begin, end, number).ec == std::errc{}) return number;
  return std::nullopt;
}

Answer probe(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (sandbox.counted.test(static_cast<std::size_t>(*figure_named(requirement.name)))) return std::nullopt;
  const std::string what = "probe " + requirement.name;
  return from(sandbox.why_not(what), what);
}

Answer sysctl(const Requirement& requirement, const SandboxAbility& sandbox) {
  std::string name = requirement.name;
  std::size_t index = 0;
  if (const std::size_t bracket = name.find('['); bracket != std::string::npos) {
    std::from_chars(name.data() + bracket + 1, name.data() + name.size(), index);
    name.resize(bracket);
  }
  // Actors live in a fresh IPC namespace, where the machine's values do not hold.
  const auto fresh = sandbox.fresh_sysctls.find(name);
  const bool inside = fresh != sandbox.fresh_sysctls.end();
  const std::optional<std::string> value = inside ? fresh->second : read_sysctl(name);
  if (!value)
    return Unmet{fmt::format("{}: absent or unreadable", name),
                 fmt::format("Use a kernel with {}.", sysctl_path(name))};
  const std::optional<std::int64_t> number = number_in(*value, index);
  if (!number)
    return Unmet{fmt::format("{}: \"{}\" has no number there", requirement.name, *value), "Correct the case."};
  if (*number >= requirement.at_least) return std::nullopt;
  return Unmet{fmt::format("{}: {}{}, {} is needed", requirement.name, *number,
                           inside ? " in a fresh IPC namespace" : "", requirement.at_least),
               inside ? "Let the case set it in its sandbox."
                      : fmt::format("Set the sysctl {} to {} or more.", name, requirement.at_least)};
}

Answer program(const Requirement& requirement, const SandboxAbility& sandbox) {
  const auto given = sandbox.programs.find(requirement.name);
  if (given == sandbox.programs.end())
    return Unmet{fmt::format("program {}: none was given", requirement.name),
                 fmt::format("Say which file it is: kipc run --program {}=PATH.", requirement.name)};
  if (::access(given->second.c_str(), X_OK) == 0) return std::nullopt;
  return Unmet{fmt::format("program {}: {}: {}", requirement.name, given->second, Errno::last("access").text()),
               "Give an executable file."};
}

Answer syscall_(const Requirement& requirement, const SandboxAbility&) {
  const SyscallState& state = syscall_state(requirement.name);
  if (state.usable) return std::nullopt;
  return Unmet{state.reason, state.enable};
}

Answer users(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (requirement.at_least <= 1) return std::nullopt;
  if (!sandbox.can_map_many_uids) return from(sandbox.why_not("many uids"), "many uids");
  const std::uint64_t count = std::min(count_ids(own_id_map("uid_map")), count_ids(own_id_map("gid_map")));
  if (count >= static_cast<std::uint64_t>(requirement.at_least)) return std::nullopt;
  return Unmet{fmt::format("users: {} uids and gids are mapped here, {} are needed", count, requirement.at_least),
               "Run kipc as root, or map more ids (/etc/subuid, /etc/subgid)."};
}

Answer word_size(const Requirement& requirement, const SandboxAbility&) {
  constexpr std::int64_t kBits = sizeof(long) * CHAR_BIT;
  if (kBits >= requirement.at_least) return std::nullopt;
  return Unmet{fmt::format("word_size: {} bits, {} are needed", kBits, requirement.at_least),
               "Use kipc built for a wider architecture."};
}

const std::vector<std::string_view>& namespace_names() {
  static const std::vector<std::string_view> names = {"ipc", "mount", "net", "pid", "user"};
  return names;
}

const std::vector<std::string_view>& figure_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const FigureRow& row : figures()) list.push_back(row.name);
    return list;
  }();
  return names;
}

const std::vector<std::string_view>& ipc_sysctl_names() {
  static const std::vector<std::string_view> names(kIpcSysctls.begin(), kIpcSysctls.end());
  return names;
}

struct RequirementRow {
  RequirementKind kind;
  Answer (*answer)(const Requirement&, const SandboxAbility&);
};

const std::vector<RequirementRow>& rows() {
  static const std::vector<RequirementRow> list = {
      {{"capability", "Actors have this capability, where it counts for IPC.", true, false, capability_names},
       capability},
      {{"cpus", "At least so many processors may be used at the same time.", false, true}, cpus},
      {{"fault", "Faults of this kind can be injected into an actor's calls.", true, false, fault_engines}, fault},
      {{"file", "This path exists.", true, false}, file},
      {{"kernel_config", "The kernel was built with this option (y or m).", true, false}, kernel_option},
      {{"limit", "The hard limit is at least this, and it can be set; an actor raises its soft limit itself.", true,
        true, rlimit_names},
       limit},
      {{"namespace", "Actors can have a namespace of this kind of their own.", true, false, namespace_names},
       namespace_},
      {{"private_sysctl", "The sandbox can set this sysctl for itself alone.", true, false, ipc_sysctl_names},
       private_sysctl},
      {{"probe", "Probes can count this while actors run; a measure implies it.", true, false, figure_names}, probe},
      {{"program", "kipc run --program NAME=PATH said which file it is.", true, false}, program},
      {{"syscall", "This system call is there and may be used.", true, false, probed_syscalls}, syscall_},
      {{"sysctl", "This sysctl is at least that, where actors run; \"kernel.sem[3]\" is the fourth number of it.", true,
        true},
       sysctl},
      {{"users", "Actors can run as at least so many different uids and gids.", false, true}, users},
      {{"word_size", "A long has at least so many bits.", false, true}, word_size},
  };
  return list;
}

const RequirementRow* row_of(std::string_view kind) {
  const auto at =
      std::find_if(rows().begin(), rows().end(), [&](const RequirementRow& row) { return row.kind.kind == kind; });
  return at == rows().end() ? nullptr : &*at;
}

}  // namespace

const std::vector<RequirementKind>& requirement_kinds() {
  static const std::vector<RequirementKind> kinds = [] {
    std::vector<RequirementKind> list;
    for (const RequirementRow& row : rows()) list.push_back(row.kind);
    return list;
  }();
  return kinds;
}

Result<void> check_requirement(const Requirement& requirement) {
  const RequirementRow* row = row_of(requirement.kind);
  if (row == nullptr) {
    std::vector<std::string_view> kinds;
    for (const RequirementRow& one : rows()) kinds.push_back(one.kind.kind);
    return fail(fmt::format("no such requirement: '{}'{}", requirement.kind, did_you_mean(requirement.kind, kinds)));
  }
  const RequirementKind& kind = row->kind;
  if (kind.takes_name != !requirement.name.empty())
    return fail(fmt::format("the requirement '{}' takes {}", kind.kind, kind.takes_name ? "a name" : "no name"));
  if (requirement.at_least < 0) return fail(fmt::format("the requirement '{}' takes no negative number", kind.kind));
  if (!kind.takes_at_least && requirement.at_least != 0)
    return fail(fmt::format("the requirement '{}' takes no number", kind.kind));
  if (kind.names == nullptr) return {};
  const auto& names = kind.names();
  if (std::find(names.begin(), names.end(), requirement.name) != names.end()) return {};
  return fail(fmt::format("the requirement '{}' knows no '{}'{}", kind.kind, requirement.name,
                          did_you_mean(requirement.name, names)));
}

std::optional<Unmet> unmet(const Requirement& requirement, const SandboxAbility& sandbox) {
  if (const auto checked = check_requirement(requirement); !checked)
    return Unmet{checked.error().text, "Correct the case."};
  return row_of(requirement.kind)->answer(requirement, sandbox);
}

}  // namespace kipc
