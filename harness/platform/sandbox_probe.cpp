#include "platform/sandbox_probe.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>

#include <algorithm>
#include <optional>

#include "platform/capabilities.hpp"
#include "platform/id_map.hpp"
#include "platform/sandbox_reason.hpp"
#include "platform/sandbox_trial.hpp"

namespace kipc {

namespace {

struct Wanted {
  const char* name;
  const char* flag_name;
  int flag;
  bool SandboxAbility::*works;
};

constexpr Wanted kWanted[] = {
    {"ipc", "CLONE_NEWIPC", CLONE_NEWIPC, &SandboxAbility::ipc},
    {"mount", "CLONE_NEWNS", CLONE_NEWNS, &SandboxAbility::mount},
    {"pid", "CLONE_NEWPID", CLONE_NEWPID, &SandboxAbility::pid},
};
constexpr int kAllWanted = CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWPID;

bool may_change_ids() { return has_capability(CAP_SETUID) && has_capability(CAP_SETGID); }
bool many_ids_here() {
  return may_change_ids() && count_ids(own_id_map("uid_map")) > 1 && count_ids(own_id_map("gid_map")) > 1;
}

TrialReport trial(int flags, bool inside) {
  TrialPlan plan;
  plan.flags = flags;
  plan.change_uid = many_ids_here();
  plan.many_ids = plan.change_uid && inside && (flags & CLONE_NEWUSER) != 0;
  plan.inside = inside;
  const TrialReport report = run_trial(plan);
  if (!plan.many_ids || report.mapped == kDone) return report;
  plan.many_ids = false;  // then with one id: better than no sandbox
  return run_trial(plan);
}

/// The wanted namespaces that work together: all of them, or those that work alone. `reasons` collects the others'.
struct Chosen {
  int flags = 0;
  std::optional<TrialReport> report;  // of the trial with these flags
  std::vector<Missing> reasons;
};

Chosen choose(int with) {
  Chosen chosen;
  TrialReport all = trial(with | kAllWanted, true);
  if (all.unshared == kDone && (with == 0 || all.mapped == kDone)) {
    chosen.flags = with | kAllWanted;
    chosen.report = all;
    return chosen;
  }
  for (const Wanted& wanted : kWanted) {
    const TrialReport alone = trial(with | wanted.flag, false);
    if (alone.unshared == kDone) {
      chosen.flags |= with | wanted.flag;
    } else {
      const char* user = with != 0 ? "CLONE_NEWUSER | " : "";
      chosen.reasons.push_back(
          missing_namespace(wanted.name, fmt::format("unshare({}{})", user, wanted.flag_name), alone.unshared));
    }
  }
  if (chosen.flags == 0) return chosen;
  chosen.report = trial(chosen.flags, true);
  const int refused = chosen.report->unshared != kDone ? chosen.report->unshared : chosen.report->mapped;
  if (chosen.report->unshared == kDone && (with == 0 || refused == kDone)) return chosen;
  // Each works, not all at once, or the ids cannot be mapped: then there is no sandbox.
  for (const Wanted& wanted : kWanted) {
    if ((chosen.flags & wanted.flag) == 0) continue;
    chosen.reasons.push_back(chosen.report->unshared != kDone
                                 ? missing_namespace(wanted.name, "unshare of all at once", refused)
                                 : missing_for_lack_of_map(wanted.name, refused));
  }
  chosen.flags = 0;
  return chosen;
}

void judge_init(const TrialReport& report, SandboxAbility& ability) {
  if (!ability.pid) return;
  if (report.init_forked != kDone) {
    ability.pid = false;
    ability.missing.push_back(missing_namespace("pid", "fork", report.init_forked));
  } else if (report.init_is_one != kDone) {
    ability.pid = false;
    ability.missing.push_back({"pid namespace", "the first process in it is not number 1",
                               "Use a platform whose unshare(CLONE_NEWPID) does what it says."});
  }
}

void judge_mounts(const TrialReport& report, SandboxAbility& ability) {
  struct Mount {
    const char* type;
    int result;
    bool SandboxAbility::*works;
  };
  for (const Mount& mount : {Mount{"tmpfs", report.tmpfs, &SandboxAbility::tmpfs_mount},
                             Mount{"proc", report.proc, &SandboxAbility::proc_mount},
                             Mount{"mqueue", report.mqueue, &SandboxAbility::mqueue_mount}}) {
    ability.*mount.works = mount.result == kDone;
    if (mount.result == kDone) continue;
    const Missing* lack = ability.why_not("mount namespace");
    // A mount of mqueue shows the queues of an IPC namespace, and belongs to whom that belongs.
    if (lack == nullptr && mount.type == std::string_view("mqueue")) lack = ability.why_not("ipc namespace");
    if (lack != nullptr) {
      ability.missing.push_back(missing_for_lack_of(fmt::format("{} mount", mount.type), *lack));
    } else {
      ability.missing.push_back(
          missing_mount(mount.type, mount.result == kNotTried ? report.made_private : mount.result));
    }
  }
}

void judge_sysctls(const TrialReport& report, SandboxAbility& ability) {
  ability.private_sysctl = report.sysctl == kDone;
  if (ability.ipc)
    for (std::size_t i = 0; i < kIpcSysctls.size(); ++i)
      if (report.values[i][0] != '\0') ability.fresh_sysctls[kIpcSysctls[i]] = tidy_sysctl(report.values[i]);
  if (ability.private_sysctl) return;
  const Missing* lack = ability.why_not("ipc namespace");
  ability.missing.push_back(lack != nullptr ? missing_for_lack_of("private sysctl", *lack)
                                            : missing_sysctl(report.sysctl_path, report.sysctl));
}

void judge_ids(const TrialReport& report, SandboxAbility& ability) {
  ability.can_map_many_uids = report.changed_uid == kDone;
  if (ability.can_map_many_uids) return;
  std::string reason;
  if (!may_change_ids()) {
    reason = "kipc has no CAP_SETUID and CAP_SETGID here";
  } else if (!many_ids_here()) {
    reason = "the user namespace kipc runs in has only one uid or gid";
  } else {
    reason = reason_of("setresuid", report.changed_uid);
  }
  ability.missing.push_back(
      {"many uids", reason,
       "Run kipc as root, or in a user namespace with many uids (unshare --map-auto --map-root-user, "
       "podman unshare)."});
}

/// A namespace that pid 1 of the sandbox tried to make, or could not try to.
Missing missing_inside(const std::string& name, const char* flag, int result, const SandboxAbility& ability) {
  if (result != kNotTried) return missing_namespace(name, fmt::format("unshare({})", flag), result);
  for (const char* what : {"user namespace", "pid namespace", "ipc namespace", "mount namespace"})
    if (const Missing* lack = ability.why_not(what); lack != nullptr)
      return missing_for_lack_of(name + " namespace", *lack);
  return {name + " namespace", "the process that tries it did not come so far", "Look for what kills its processes."};
}

void set_namespaces(SandboxAbility& ability) {
  for (const Wanted& wanted : kWanted)
    ability.*wanted.works = ability.why_not(fmt::format("{} namespace", wanted.name)) == nullptr;
}

}  // namespace

const Missing* SandboxAbility::why_not(std::string_view what) const {
  const auto at = std::find_if(missing.begin(), missing.end(), [&](const Missing& one) { return one.what == what; });
  return at == missing.end() ? nullptr : &*at;
}

SandboxAbility probe_sandbox() {
  SandboxAbility ability;
  Chosen chosen;
  // With CAP_SYS_ADMIN no user namespace is needed, and without one capabilities keep their reach.
  if (has_capability(CAP_SYS_ADMIN)) chosen = choose(0);
  if (chosen.flags == 0) {
    const int user = trial(CLONE_NEWUSER, false).unshared;
    ability.user = user == kDone;
    if (ability.user) {
      chosen = choose(CLONE_NEWUSER);
      ability.with_user = chosen.flags != 0;
    } else {
      ability.missing.push_back(missing_namespace("user", "unshare(CLONE_NEWUSER)", user));
    }
  }
  if (chosen.flags == 0 && chosen.reasons.empty()) {
    const Missing lack = ability.missing.front();
    for (const char* name : {"ipc", "mount", "pid"})
      chosen.reasons.push_back(missing_for_lack_of(fmt::format("{} namespace", name), lack));
  }
  ability.missing.insert(ability.missing.end(), chosen.reasons.begin(), chosen.reasons.end());
  set_namespaces(ability);
  TrialReport report;
  if (chosen.flags != 0) {
    report = *chosen.report;
  } else {
    report.changed_uid = trial(0, true).changed_uid;  // uids need no namespace
  }
  if (chosen.flags != 0) judge_init(report, ability);
  judge_mounts(report, ability);
  judge_sysctls(report, ability);
  judge_ids(report, ability);
  ability.net = report.net == kDone;
  if (!ability.net) ability.missing.push_back(missing_inside("net", "CLONE_NEWNET", report.net, ability));
  if (chosen.flags != 0 && !ability.with_user) {
    ability.user = report.nested_user == kDone;
    if (!ability.user) ability.missing.push_back(missing_inside("user", "CLONE_NEWUSER", report.nested_user, ability));
  }
  return ability;
}

}  // namespace kipc
