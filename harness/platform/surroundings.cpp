#include "platform/surroundings.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "platform/proc_text.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace kipc {

namespace {

/// The signature of the hypervisor in CPUID leaf 0x40000000 ("KVMKVMKVM"); "" without one or on other processors.
std::string hypervisor_signature() {
#if defined(__x86_64__) || defined(__i386__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kHypervisorPresent = 1U << 31;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kHypervisorPresent) == 0) return "";
  __cpuid(0x40000000, a, b, c, d);
  char text[13] = {};
  std::memcpy(text, &b, 4);
  std::memcpy(text + 4, &c, 4);
  std::memcpy(text + 8, &d, 4);
  return std::string(trim(text));
#else
  return "";
#endif
}

std::string hypervisor_name(const std::string& signature) {
  struct Row {
    const char* signature;
    const char* name;
  };
  constexpr Row kRows[] = {
      {"ACRNACRNACRN", "ACRN"},    {"KVMKVMKVM", "KVM"},         {"Linux KVM Hv", "KVM"},
      {"Microsoft Hv", "Hyper-V"}, {"TCGTCGTCGTCG", "QEMU TCG"}, {"VBoxVBoxVBox", "VirtualBox"},
      {"VMwareVMware", "VMware"},  {"XenVMMXenVMM", "Xen"},      {"bhyve bhyve ", "bhyve"},
      {"prl hyperv", "Parallels"},
  };
  for (const Row& row : kRows)
    if (signature == row.signature) return row.name;
  return "hypervisor " + signature;
}

/// The security modules' numbers in the kernel's uapi/linux/lsm.h.
std::string module_name(std::uint64_t id) {
  constexpr const char* kNames[] = {"capability", "selinux",  "smack", "tomoyo",   "apparmor", "yama", "loadpin",
                                    "safesetid",  "lockdown", "bpf",   "landlock", "ima",      "evm",  "ipe"};
  constexpr std::uint64_t kFirst = 100;
  if (id >= kFirst && id - kFirst < std::size(kNames)) return kNames[id - kFirst];
  return fmt::format("lsm {}", id);
}

/// The emulator whose user mode this process runs in ("qemu-s390x-static"); "" without one. It answers what is asked
/// for
/// "/proc/self/exe" itself, but not what is asked for by a descriptor of that folder.
std::string user_mode_emulator() {
  const Fd folder(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  char path[4096] = {};
  if (!folder || ::readlinkat(folder.get(), "exe", path, sizeof path - 1) <= 0) return "";
  const std::string_view name(std::strrchr(path, '/') == nullptr ? path : std::strrchr(path, '/') + 1);
  char told[4096] = {};
  if (::readlink("/proc/self/exe", told, sizeof told - 1) <= 0 || std::strcmp(path, told) == 0) return "";
  return name.starts_with("qemu-") ? std::string(name) : "";
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

std::string virtualisation() {
  // gVisor answers every uname() and /proc/version with this constant of its own.
  if (read_line("/proc/version").find("#1 SMP Sun Jan 10 15:06:54 PST 2016") != std::string::npos) return "gVisor";
  if (const std::string emulator = user_mode_emulator(); !emulator.empty())
    return fmt::format("QEMU user mode ({})", emulator);
  const std::string cpuinfo = read_start("/proc/cpuinfo", 4096);
  if (field(cpuinfo, "vendor_id") == "User Mode Linux") return "User Mode Linux";
  std::vector<std::string> found;
  if (const std::string signature = hypervisor_signature(); !signature.empty()) {
    found.push_back(hypervisor_name(signature));
  } else if (const std::string type = read_line("/sys/hypervisor/type"); !type.empty()) {
    found.push_back(type);
  } else if (const std::string tree = read_line("/proc/device-tree/hypervisor/compatible"); !tree.empty()) {
    found.push_back(tree);
  } else if (const std::string s390 = field(read_start("/proc/sysinfo", 4096), "VM00 Control Program"); !s390.empty()) {
    found.push_back(s390);
  } else if (fmt::format(" {} ", field(cpuinfo, "flags")).find(" hypervisor ") != std::string::npos) {
    found.emplace_back("unknown hypervisor");
  }
  const std::string vendor = read_line("/sys/class/dmi/id/sys_vendor");
  const std::string product = read_line("/sys/class/dmi/id/product_name");
  const bool virtual_vendor = vendor == "QEMU" || product.find("Virtual") != std::string::npos ||
                              product.find("KVM") != std::string::npos || vendor == "Amazon EC2" ||
                              product == "Google Compute Engine";
  if ((!found.empty() || virtual_vendor) && !vendor.empty()) found.push_back(vendor + " " + product);
  if (found.empty()) return "none";
  return found.size() == 1 ? found[0] : found[0] + ", " + found[1];
}

std::string container_hint() {
  if (const std::string kind = read_line("/run/systemd/container"); !kind.empty())
    return kind + " (/run/systemd/container)";
  if (exists("/run/.containerenv")) return "podman (/run/.containerenv)";
  if (exists("/.dockerenv")) return "docker (/.dockerenv)";
  if (const char* kind = std::getenv("container"); kind != nullptr && *kind != '\0')
    return fmt::format("{} (environment variable container)", kind);
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr)
    return "kubernetes (environment variable KUBERNETES_SERVICE_HOST)";
  const std::string cgroup = read_start("/proc/self/cgroup", 4096);
  for (const char* kind : {"docker", "kubepods", "libpod", "lxc", "containerd", "machine.slice"})
    if (cgroup.find(kind) != std::string::npos) return fmt::format("{} (/proc/self/cgroup)", kind);
  return "";
}

std::string distribution() {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"})
    if (std::string name = field(read_start(path, 4096), "PRETTY_NAME"); !name.empty()) return name;
  return "";
}

SecurityModules security_modules() {
  if (const std::string line = read_line("/sys/kernel/security/lsm"); !line.empty()) return {split(line, ','), ""};
#ifdef SYS_lsm_list_modules
  constexpr long kListModules = SYS_lsm_list_modules;
#else
  constexpr long kListModules = 461;  // Linux 6.8; the same number on every architecture kipc is built for
#endif
  std::uint64_t ids[64] = {};
  std::uint32_t size = sizeof ids;
  const long count = ::syscall(kListModules, ids, &size, 0);
  if (count < 0) {
    return {{},
            fmt::format("/sys/kernel/security/lsm is not there and {} (securityfs is not mounted)",
                        Errno::last("lsm_list_modules").text())};
  }
  SecurityModules modules;
  for (long i = 0; i < count && i < 64; ++i) modules.names.push_back(module_name(ids[i]));
  return modules;
}

}  // namespace kipc
