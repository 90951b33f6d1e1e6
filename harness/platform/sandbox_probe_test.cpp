#include "platform/sandbox_probe.hpp"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "platform/capabilities.hpp"
#include "platform/child.hpp"
#include "platform/id_map.hpp"
#include "platform/sandbox_trial.hpp"
#include "platform/seccomp_for_tests.hpp"

namespace kipc {
namespace {

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

/// Every thing works, or is missing once with a reason and a remedy.
bool consistent(const SandboxAbility& ability) {
  std::size_t missing = 0;
  for (const Row& row : kRows) {
    const Missing* why = ability.why_not(row.what);
    if ((why == nullptr) != ability.*row.works) return false;
    if (why == nullptr) continue;
    ++missing;
    if (why->reason.empty() || why->enable.empty() || why->enable.back() != '.') return false;
  }
  return missing == ability.missing.size();
}

std::string link_of(const char* path) {
  char link[64] = {};
  return ::readlink(path, link, sizeof link - 1) > 0 ? link : "";
}

TEST_CASE("sandbox_probe: each thing works, or is missing with a reason and a remedy") {
  const SandboxAbility ability = probe_sandbox();
  for (const Missing& missing : ability.missing) UNSCOPED_INFO(missing.what << ": " << missing.reason);
  CHECK(consistent(ability));
  CHECK(ability.fresh_sysctls.empty() == !ability.ipc);
}

TEST_CASE("sandbox_probe: this process stays where it is, and its sysctls as they are") {
  const std::string ipc = link_of("/proc/self/ns/ipc");
  const std::string mount = link_of("/proc/self/ns/mnt");
  const auto msgmni = read_sysctl("kernel.msgmni");
  const auto msg_max = read_sysctl("fs.mqueue.msg_max");
  const auto mounts = read_file("/proc/self/mounts");
  static_cast<void>(probe_sandbox());
  CHECK(link_of("/proc/self/ns/ipc") == ipc);
  CHECK(link_of("/proc/self/ns/mnt") == mount);
  CHECK(read_sysctl("kernel.msgmni") == msgmni);
  CHECK(read_sysctl("fs.mqueue.msg_max") == msg_max);
  CHECK(read_file("/proc/self/mounts").value_or("") == mounts.value_or(""));
  CHECK(::waitpid(-1, nullptr, WNOHANG) < 0);
}

TEST_CASE("sandbox_probe: where unshare is refused, all is missing for that reason") {
  const bool many_uids = probe_sandbox().can_map_many_uids;
  CHECK(exit_code(in_child([many_uids] {
          if (!take_away(SYS_unshare, SECCOMP_RET_ERRNO | EPERM)) return 1;
          const SandboxAbility ability = probe_sandbox();
          if (!consistent(ability)) return 2;
          if (ability.user || ability.ipc || ability.pid || ability.mount || ability.net) return 3;
          if (ability.can_map_many_uids != many_uids) return 7;  // setuid() does without
          const Missing* why = ability.why_not("user namespace");
          if (why->reason.find("unshare(CLONE_NEWUSER): EPERM") == std::string::npos) return 4;
          if (why->enable.find("seccomp") == std::string::npos) return 5;
          return ability.why_not("mqueue mount")->reason.find("it needs a") != std::string::npos ? 0 : 6;
        })) == 0);
}

TEST_CASE("sandbox_probe: where unshare kills, the prober lives") {
  CHECK(exit_code(in_child([] {
          if (!take_away(SYS_unshare, SECCOMP_RET_KILL_PROCESS)) return 1;
          const SandboxAbility ability = probe_sandbox();
          return !ability.user && consistent(ability) ? 0 : 2;
        })) == 0);
}

TEST_CASE("sandbox_probe: where mount is refused, the namespaces are still there") {
  const SandboxAbility outside = probe_sandbox();
  CHECK(exit_code(in_child([&] {
          if (!take_away(SYS_mount, SECCOMP_RET_ERRNO | EACCES)) return 1;
          const SandboxAbility ability = probe_sandbox();
          if (!consistent(ability)) return 2;
          if (ability.ipc != outside.ipc || ability.mount != outside.mount) return 3;
          if (ability.proc_mount || ability.tmpfs_mount || ability.mqueue_mount) return 4;
          if (!ability.mount) return 0;
          return ability.why_not("tmpfs mount")->reason.find("EACCES") != std::string::npos ? 0 : 5;
        })) == 0);
}

int probe_as_ordinary_user(bool user_works) {
  const unsigned other = some_other_id(own_id_map("uid_map"));
  if (::geteuid() == 0 && has_capability(CAP_SETUID) && other != 0) {
    if (::setresuid(other, other, other) != 0) return 1;
    // Else /proc/self/uid_map would stay root's.
    if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return 2;
  }
  if (!drop_all_capabilities()) return 3;
  const SandboxAbility ability = probe_sandbox();
  if (!consistent(ability)) return 4;
  if (ability.can_map_many_uids) return 5;
  if (::geteuid() == 0) return 0;  // root without CAP_SETFCAP may not map itself
  // A sysctl or AppArmor may allow less here than to root.
  return !ability.user || !user_works || (ability.with_user && ability.ipc && ability.pid && ability.mount) ? 0 : 6;
}

TEST_CASE("sandbox_probe: without CAP_SYS_ADMIN a user namespace takes its place") {
  const bool user_works = probe_sandbox().user;
  CHECK(exit_code(in_child([user_works] { return probe_as_ordinary_user(user_works); })) == 0);
}

TEST_CASE("sandbox_probe: root without any capability is told why it cannot map itself") {
  if (::geteuid() != 0) return;
  CHECK(exit_code(in_child([] {
          if (!drop_all_capabilities()) return 1;
          const SandboxAbility ability = probe_sandbox();
          if (!consistent(ability)) return 2;
          if (ability.ipc || !ability.user) return 0;  // an older kernel, or no user namespaces
          const Missing* why = ability.why_not("ipc namespace");
          if (why->reason.find("writing uid_map") == std::string::npos) return 3;
          return why->enable.find("CAP_SETFCAP") != std::string::npos ? 0 : 4;
        })) == 0);
}

TEST_CASE("sandbox_probe: one kind of namespace that is used up leaves the others") {
  if (!probe_sandbox().user) return;
  CHECK(exit_code(in_child([] {
          // The limit of a user namespace made here binds only what is in it.
          const std::string uid = std::to_string(::geteuid());
          if (::unshare(CLONE_NEWUSER) != 0) return 1;
          static_cast<void>(write_existing("/proc/self/setgroups", "deny"));
          // Refused to root without CAP_SETFCAP.
          if (!write_existing("/proc/self/uid_map", "0 " + uid + " 1")) return 0;
          if (!write_existing("/proc/sys/user/max_ipc_namespaces", "0")) return 3;
          const SandboxAbility ability = probe_sandbox();
          if (!consistent(ability)) return 4;
          if (ability.ipc || !ability.mount || !ability.pid || ability.private_sysctl) return 5;
          const Missing* why = ability.why_not("ipc namespace");
          if (why->reason.find("ENOSPC") == std::string::npos) return 6;
          return why->enable.find("user.max_ipc_namespaces (now 0)") != std::string::npos ? 0 : 7;
        })) == 0);
}

TEST_CASE("sandbox_trial: a fresh IPC namespace has values of its own") {
  const SandboxAbility ability = probe_sandbox();
  if (!ability.private_sysctl) return;
  const TrialReport report =
      run_trial({CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWPID | (ability.with_user ? CLONE_NEWUSER : 0)});
  CHECK(report.unshared == kDone);
  CHECK(report.sysctl == kDone);
  CHECK(report.init_is_one == kDone);
  CHECK(report.changed_uid == kNotTried);
  CHECK_FALSE(ability.fresh_sysctls.at("kernel.msgmni").empty());
}

}  // namespace
}  // namespace kipc
