// The fingerprint: all about the platform that may change what a case observes. It heads every report, and tells a
// diff which platforms are alike.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "platform/rlimits.hpp"

namespace kipc {

struct Fingerprint {
  std::string kipc_version;

  std::string kernel;          // "Linux"
  std::string kernel_release;  // "6.1.0-50-amd64"
  std::string kernel_version;  // "#1 SMP PREEMPT_DYNAMIC Debian ..."
  std::string machine;         // "x86_64", as uname() says
  std::string distribution;    // of /etc/os-release; "" when unknown

  std::string libc;          // "glibc" or "musl": the one kipc is linked with
  std::string libc_version;  // "2.36"; "" when it does not tell
  bool libc_static = false;  // linked into kipc, so not the distribution's own

  std::string config_source;                          // file; "" when the configuration cannot be read
  std::string config_digest;                          // FNV-1a, 64 bits, hexadecimal; "" likewise
  std::map<std::string, std::string> config_options;  // the IPC-relevant: "SYSVIPC" -> "y", "m", "n"; empty likewise

  std::map<std::string, Limit> limits;         // "RLIMIT_NOFILE" -> soft, hard
  std::map<std::string, std::string> sysctls;  // those present and readable, in the namespaces of this process
  std::vector<std::string> lsms;               // in the kernel's order
  std::string lsms_reason;                     // why they are not known; "" when they are

  std::string virtualisation;  // "none", "KVM", ...
  std::string container;       // a hint with its evidence; "" when there is none

  std::string cpu_model;                           // "" when unknown
  int cpus_online = 0;                             // in the machine
  int cpus_usable = 0;                             // by the affinity kipc was started with
  std::map<std::string, std::string> mitigations;  // "spectre_v2" -> "Mitigation: Retpolines"; only what affects it

  long page_size = 0;  // bytes
  long pipe_buf = 0;   // bytes: PIPE_BUF
  bool little_endian = true;
  int word_size = 0;  // bits of a long

  uid_t uid = 0;
  uid_t euid = 0;
  std::vector<std::string> capabilities;  // effective, by name
  bool initial_user_namespace = true;
  std::string seccomp;  // "none", "strict", "filter": what kipc itself runs under; "" when unknown
};

/// Looks at the platform now; a few milliseconds, most of them once for the kernel's configuration. Never fails: what
/// cannot be found out is left empty.
Fingerprint take_fingerprint();

}  // namespace kipc
