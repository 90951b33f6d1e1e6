#include "platform/fingerprint.hpp"

#include <dirent.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bit>
#include <climits>
#include <memory>

#include "platform/capabilities.hpp"
#include "platform/cpus.hpp"
#include "platform/kernel_config.hpp"
#include "platform/proc_text.hpp"
#include "platform/surroundings.hpp"
#include "platform/sysctls.hpp"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#ifndef KIPC_VERSION
#define KIPC_VERSION "unversioned"
#endif

namespace kipc {

namespace {

/// A program without an interpreter (ld.so) carries its libc in itself.
bool statically_linked() {
  const auto* header = reinterpret_cast<const ElfW(Phdr)*>(::getauxval(AT_PHDR));
  if (header == nullptr) return false;
  for (unsigned long i = 0, count = ::getauxval(AT_PHNUM); i < count; ++i)
    if (header[i].p_type == PT_INTERP) return false;
  return true;
}

std::map<std::string, std::string> read_mitigations() {
  std::map<std::string, std::string> found;
  const std::string folder = "/sys/devices/system/cpu/vulnerabilities";
  struct Close {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  const std::unique_ptr<DIR, Close> dir(::opendir(folder.c_str()));
  if (dir == nullptr) return found;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with(".")) continue;
    const std::string text = read_line(fmt::format("{}/{}", folder, name));
    if (!text.empty() && text != "Not affected") found[name] = text.substr(0, text.find(';'));
  }
  return found;
}

std::string seccomp_mode() {
  switch (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0)) {
    case 0: return "none";
    case 1: return "strict";
    case 2: return "filter";
    default: return "";
  }
}

void add_kernel(Fingerprint& print) {
  struct utsname name {};
  if (::uname(&name) == 0) {
    print.kernel = name.sysname;
    print.kernel_release = name.release;
    print.kernel_version = name.version;
    print.machine = name.machine;
  }
  const KernelConfig& config = kernel_config();
  print.config_source = config.source;
  print.config_digest = config.digest();
  print.config_options = config.ipc_options();
  for (const std::string_view limit : rlimit_names())
    if (const auto value = read_rlimit(limit)) print.limits[std::string(limit)] = *value;
  for (const std::string& sysctl : reported_sysctls())
    if (auto value = read_sysctl(sysctl)) print.sysctls[sysctl] = std::move(*value);
  SecurityModules modules = security_modules();
  print.lsms = std::move(modules.names);
  print.lsms_reason = std::move(modules.reason);
}

}  // namespace

Fingerprint take_fingerprint() {
  Fingerprint print;
  print.kipc_version = KIPC_VERSION;
  add_kernel(print);
  print.distribution = distribution();
#ifdef __GLIBC__
  print.libc = "glibc";
  print.libc_version = ::gnu_get_libc_version();
#else
  print.libc = "musl";  // the other libc that kipc is built with; it does not tell its version
#endif
  print.libc_static = statically_linked();
  print.virtualisation = virtualisation();
  print.container = container_hint();
  print.cpu_model = cpu_model();
  print.cpus_online = cpus_online();
  print.cpus_usable = cpus_usable();
  print.mitigations = read_mitigations();
  print.page_size = ::sysconf(_SC_PAGESIZE);
  print.pipe_buf = ::pathconf("/", _PC_PIPE_BUF);
  print.little_endian = std::endian::native == std::endian::little;
  print.word_size = static_cast<int>(sizeof(long) * CHAR_BIT);
  print.uid = ::getuid();
  print.euid = ::geteuid();
  if (const auto capabilities = current_capabilities()) print.capabilities = capability_list(capabilities->effective);
  print.initial_user_namespace = in_initial_user_namespace();
  print.seccomp = seccomp_mode();
  return print;
}

}  // namespace kipc
