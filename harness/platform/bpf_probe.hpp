// What eBPF can do here for kipc's probes: which programs load, and which ways to attach them exist.
#pragma once

#include <string>

namespace kipc {

struct BpfAbility {
  int socket_filter = 0;   // errno of loading a trivial socket filter (BPF_PROG_TYPE_SOCKET_FILTER), 0 when it loads
  int raw_tracepoint = 0;  // the same for BPF_PROG_TYPE_RAW_TRACEPOINT: what counting system calls needs
  bool btf = false;        // /sys/kernel/btf/vmlinux: programs fit kernels they were not built for
  bool kprobe = false;     // the perf event sources
  bool uprobe = false;
  bool breakpoint = false;   // hardware breakpoints: exact counts of raw copies
  bool tracefs = false;      // a mounted tracefs whose list of functions can be read
  std::string tracefs_path;  // "" when none is mounted
};

/// Tries it, the loading in a forked child with RLIMIT_MEMLOCK raised as far as it goes. Below 1 ms. Never fails.
BpfAbility probe_bpf();

}  // namespace kipc
