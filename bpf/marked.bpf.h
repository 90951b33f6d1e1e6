/* The maps that kipc's programs share, and who is counted. */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "costs.h"

/* A power of two. Tasks stand by the low bits of their ids: an array costs every system call of the machine a few
 * nanoseconds, where a hash costs twenty. Two marked tasks in one place are told apart, and the later one is not
 * counted. */
#define KIPC_TASKS 65536

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, KIPC_TASKS);
  __type(key, __u32);
  __type(value, struct kipc_marked);
} marked SEC(".maps");

/* How many is set when it is loaded. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct kipc_costs);
} costs SEC(".maps");

static __always_inline __u32 current_tid(void) { return (__u32)bpf_get_current_pid_tgid(); }

static __always_inline struct kipc_marked* place_of(__u32 tid) {
  __u32 place = tid & (KIPC_TASKS - 1);
  return bpf_map_lookup_elem(&marked, &place);
}

static __always_inline struct kipc_marked* marked_task(__u32 tid) {
  struct kipc_marked* task = place_of(tid);
  return task && task->tid == tid ? task : 0;
}

static __always_inline struct kipc_marked* marked_now(void) { return marked_task(current_tid()); }

static __always_inline struct kipc_costs* costs_of(const struct kipc_marked* task) {
  __u32 slot = task->slot;
  return bpf_map_lookup_elem(&costs, &slot);
}

/* Never with a constant 0: LLVM makes an OR of that, which kernels before 5.12 refuse. */
static __always_inline void add(__u64* to, __u64 what) { __sync_fetch_and_add(to, what); }

static __always_inline void add_copy(struct kipc_copies* to, __u64 bytes) {
  add(&to->count, 1);
  add(&to->bytes, bytes);
}
