// What isolation works here, found out by trying: namespaces, the mounts inside them, sysctls of one's own.
//
// 1) A forked child makes all namespaces a sandbox wants in one unshare(): IPC, PID and mount; together with a user
//    namespace where this process lacks CAP_SYS_ADMIN (or may not use it).
// 2) Its child, pid 1 there, tries the mounts and sysctls, and last a network and a user namespace.
// 3) Only where step 1 is refused is every namespace tried alone, and steps 1 and 2 repeated with those that work.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "platform/missing.hpp"

namespace kipc {

struct SandboxAbility {
  // Namespaces that can be made here, `with_user` saying how.
  bool user = false;
  bool pid = false;
  bool ipc = false;
  bool mount = false;
  bool net = false;
  // Inside them, by pid 1 of the sandbox:
  bool proc_mount = false;
  bool mqueue_mount = false;
  bool tmpfs_mount = false;
  bool private_sysctl = false;  // fs.mqueue.* and kernel.msg* can be written and are the sandbox's own
  /// Actors can be made to run as many uids: by setuid() in the sandbox, where `with_user` with
  /// identity_map() as its map.
  bool can_map_many_uids = false;
  /// The namespaces need a user namespace of their own (CLONE_NEWUSER in the same unshare()).
  bool with_user = false;
  /// The IPC sysctls in a fresh IPC namespace (the kernel's defaults, not the machine's values); empty without `ipc`.
  std::map<std::string, std::string> fresh_sysctls;
  /// What probes can count while actors run, for {"probe": FIGURE}; nothing when none were started.
  FigureSet counted;
  /// Engines whose programs are loaded, for {"fault": ENGINE}: "bpf-errno" and the others that begin with "bpf-".
  std::set<std::string, std::less<>> loaded_engines;
  /// What `kipc run --program NAME=PATH` gave, by name.
  std::map<std::string, std::string, std::less<>> programs;
  /// One entry per thing above that does not work, called "user namespace", "proc mount", "private sysctl", "many
  /// uids", "probe syscalls".
  std::vector<Missing> missing;

  /// The entry of `missing` for a thing, or null.
  [[nodiscard]] const Missing* why_not(std::string_view what) const;
};

/// Tries it all in forked children; nothing of this process changes. About 2 ms where everything works. Never fails:
/// what could not be tried is missing, with the reason.
SandboxAbility probe_sandbox();

}  // namespace kipc
