#include "platform/bpf_probe.hpp"

#include <linux/bpf.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "platform/child.hpp"
#include "platform/proc_text.hpp"

namespace kipc {

namespace {

/// Loads "return 0"; 0 or the errno.
int load_trivial(bpf_prog_type type) {
  bpf_insn program[2] = {};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);  // also what pads it, or older kernels refuse it
  static const char license[] = "GPL";
  attributes.prog_type = type;
  attributes.insns = reinterpret_cast<std::uintptr_t>(program);
  attributes.insn_cnt = 2;
  attributes.license = reinterpret_cast<std::uintptr_t>(license);
  return ::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes) >= 0 ? 0 : errno;
}

int try_loading(bpf_prog_type type) {
  const auto status = in_child([type] {
    // Before Linux 5.11 programs are charged to this limit, and 64 KiB are soon used up.
    struct rlimit all {
      RLIM_INFINITY, RLIM_INFINITY
    };
    if (::setrlimit(RLIMIT_MEMLOCK, &all) != 0 && ::getrlimit(RLIMIT_MEMLOCK, &all) == 0) {
      all.rlim_cur = all.rlim_max;
      ::setrlimit(RLIMIT_MEMLOCK, &all);
    }
    return load_trivial(type);
  });
  if (!status) return status.error().number;
  return WIFEXITED(*status) ? WEXITSTATUS(*status) : ENOSYS;  // killed: by seccomp
}

bool is_tracefs(const char* path) {
  struct statfs status {};
  return ::statfs(path, &status) == 0 && status.f_type == TRACEFS_MAGIC;
}

}  // namespace

BpfAbility probe_bpf() {
  BpfAbility ability;
  ability.socket_filter = try_loading(BPF_PROG_TYPE_SOCKET_FILTER);
  ability.raw_tracepoint = try_loading(BPF_PROG_TYPE_RAW_TRACEPOINT);
  ability.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  ability.kprobe = exists("/sys/bus/event_source/devices/kprobe");
  ability.uprobe = exists("/sys/bus/event_source/devices/uprobe");
  ability.breakpoint = exists("/sys/bus/event_source/devices/breakpoint");
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (!is_tracefs(path)) continue;
    ability.tracefs_path = path;
    ability.tracefs = ::access((ability.tracefs_path + "/available_filter_functions").c_str(), R_OK) == 0;
    break;
  }
  return ability;
}

}  // namespace kipc
