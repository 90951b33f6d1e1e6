// What surrounds the kernel that kipc sees: a hypervisor under it, a container around kipc, security modules in it.
#pragma once

#include <string>
#include <vector>

namespace kipc {

/// "none", or what is known of the virtual machine: "KVM", "QEMU TCG, QEMU Standard PC", "gVisor", "User Mode Linux",
/// ...
std::string virtualisation();
/// "" when nothing hints at a container, else its kind and the evidence: "docker (/.dockerenv)".
std::string container_hint();
/// "Debian GNU/Linux 12 (bookworm)" of /etc/os-release; "" when there is none.
std::string distribution();

struct SecurityModules {
  std::vector<std::string> names;  // in the order in which the kernel asks them
  std::string reason;              // why they are not known; "" when they are
};
/// From /sys/kernel/security/lsm, else from lsm_list_modules(2).
SecurityModules security_modules();

}  // namespace kipc
