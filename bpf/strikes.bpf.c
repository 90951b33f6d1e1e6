/* Faults at the nth call of a task, made without stopping anyone: a signal from bpf_send_signal(), which does not keep
 * the call from running, or an error from a security hook, which does. */
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "core_fixes.bpf.h"
#include "strikes.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u32);
} targets SEC(".maps");

/* How many is set when it is loaded. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct kipc_strike);
} strikes SEC(".maps");

const volatile __u32 nr_prctl = 0;

static __always_inline struct kipc_strike *strike_now(void) {
  __u32 tid = (__u32)bpf_get_current_pid_tgid();
  __u32 *slot = bpf_map_lookup_elem(&targets, &tid);
  struct kipc_strike *strike = slot ? bpf_map_lookup_elem(&strikes, slot) : 0;
  return strike && strike->active ? strike : 0;
}

static __always_inline bool counts(const struct kipc_strike *strike, __u64 number, unsigned long first_argument) {
  bool known = 0;
#pragma unroll
  for (int i = 0; i < KIPC_STRIKE_CALLS; ++i) known = known || strike->numbers[i] == number;
  return known && (!strike->has_first_argument || strike->first_argument == first_argument);
}

static __always_inline bool is_due(const struct kipc_strike *strike) {
  __u64 nth = strike->calls;
  if (nth < strike->first || nth > strike->last) return 0;
  return strike->step < 2 || (nth - strike->first) % strike->step == 0;
}

static __always_inline void send(struct kipc_strike *strike) {
  if (!strike->signal) return;
  ++strike->struck;
  bpf_send_signal((__u32)strike->signal);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(strike_on_enter, struct pt_regs *regs, long number) {
  struct kipc_strike *strike = strike_now();
  if (!strike || !counts(strike, (__u64)number, system_call_argument(regs, 0))) return 0;
  ++strike->calls;
  strike->due = is_due(strike);
  if (strike->due && !strike->at_exit) send(strike);
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(strike_on_exit, struct pt_regs *regs, long result) {
  __u32 number = (__u32)system_call_number(regs);
  if (number == nr_prctl && system_call_argument(regs, 0) == KIPC_STRIKE_MARK) {
    __u32 tid = (__u32)bpf_get_current_pid_tgid();
    __u32 slot = (__u32)system_call_argument(regs, 1) - 1;
    bpf_map_update_elem(&targets, &tid, &slot, BPF_ANY);
    return 0;
  }
  struct kipc_strike *strike = strike_now();
  if (!strike || !strike->due) return 0;
  if (strike->at_exit) send(strike);
  strike->due = 0;
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(strike_on_end, struct task_struct *ended) {
  __u32 tid = (__u32)ended->pid;
  bpf_map_delete_elem(&targets, &tid);
  return 0;
}

/* The strike whose error this call shall fail with, by that means. */
static __always_inline struct kipc_strike *error_due(__u32 whole_call) {
  struct kipc_strike *strike = strike_now();
  if (!strike || !strike->due || !strike->error || strike->whole_call != whole_call) return 0;
  ++strike->struck;
  strike->due = 0;
  return strike;
}

/* At the first instruction of a system call: it returns at once. For kernels with CONFIG_BPF_KPROBE_OVERRIDE. */
SEC("kprobe")
int override_call(struct pt_regs *regs) {
  struct kipc_strike *strike = error_due(1);
  if (strike) bpf_override_return(regs, (unsigned long)-(long)strike->error);
  return 0;
}

static __always_inline int answer(int result) {
  struct kipc_strike *strike = result ? 0 : error_due(0);
  return strike ? -strike->error : result;
}

/* The hooks return an int, and a call that asks one fails with what it answers. */
#define HOOK(name, ...)           \
  SEC("fmod_ret/security_" #name) \
  int BPF_PROG(on_##name, __VA_ARGS__, int result) { return answer(result); }

HOOK(file_permission, void *file, int mask)
HOOK(msg_queue_msgrcv, void *queue, void *message, void *target, long type, int mode)
HOOK(msg_queue_msgsnd, void *queue, void *message, int flags)
HOOK(sem_semop, void *set, void *operations, unsigned count, int alters)
HOOK(shm_shmat, void *segment, void *address, int flags)
HOOK(socket_accept, void *socket, void *accepted)
HOOK(socket_connect, void *socket, void *address, int length)
HOOK(socket_recvmsg, void *socket, void *message, int size, int flags)
HOOK(socket_sendmsg, void *socket, void *message, int size)

char LICENSE[] SEC("license") = "GPL";
