/* Tier 1: system calls, context switches, wakeups, signals and page faults of marked tasks, added up in the kernel.
 * Needs BTF and the tracepoints every kernel has. What a tracepoint's arguments are called is in include/trace/events/.
 */
#include "marked.bpf.h"

#include <bpf/bpf_tracing.h>

#include "core_fixes.bpf.h"

/* Numbers of system calls here; set before loading. */
const volatile __u32 nr_prctl = 0;
const volatile __u32 nr_mq_timedsend = 0;
const volatile __u32 nr_msgsnd = 0;

/* Tasks that could not be marked because another stood in their place. */
__u64 left_out = 0;

static __always_inline void mark(__u32 tid, __u32 slot, __u32 follow) {
  struct kipc_marked* task = place_of(tid);
  if (!task) return;
  if (task->tid && task->tid != tid) {
    add(&left_out, 1);
    return;
  }
  task->slot = slot;
  task->follow = follow;
  task->entered = 0;
  task->datagram_at = 0;
  task->tid = tid;
}

static __always_inline void unmark(__u32 tid) {
  struct kipc_marked* task = marked_task(tid);
  if (task) task->tid = 0;
}

static __always_inline int mark_as_told(unsigned long slot) {
  if (slot == 0)
    unmark(current_tid());
  else
    mark(current_tid(), (__u32)(slot & ~(unsigned long)KIPC_MARK_FOLLOW) - 1, (slot & KIPC_MARK_FOLLOW) != 0);
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs* regs, long result) {
  __u32 number = (__u32)system_call_number(regs);
  if (number == nr_prctl && system_call_argument(regs, 0) == KIPC_MARK)
    return mark_as_told(system_call_argument(regs, 1));
  struct kipc_marked* task = marked_now();
  if (!task) return 0;
  struct kipc_costs* costs = costs_of(task);
  if (!costs) return 0;
  struct kipc_call_cost* call = &costs->calls[number < KIPC_CALLS ? number : KIPC_CALLS - 1];
  add(&call->count, 1);
  if (result > 0)
    add(&call->bytes, (__u64)result);
  else if (result < 0)
    add(&call->errors, 1);
  else if (number == nr_mq_timedsend || number == nr_msgsnd)
    add(&call->bytes, system_call_argument(regs, 2));
  if (task->entered) {
    add(&call->ns, bpf_ktime_get_ns() - task->entered);
    task->entered = 0;
  }
  task->datagram_at = 0;
  return 0;
}

/* Attached only when times are asked for: it doubles the price. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter) {
  struct kipc_marked* task = marked_now();
  if (task) task->entered = bpf_ktime_get_ns();
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempted, struct task_struct* previous) {
  struct kipc_marked* task = marked_task((__u32)previous->pid);
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (!costs) return 0;
  if (!preempted && task_state(previous) != 0)
    add(&costs->switches_voluntary, 1);
  else
    add(&costs->switches_involuntary, 1);
  return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking) {
  struct kipc_marked* task = marked_now();
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add(&costs->wakeups, 1);
  return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal) {
  struct kipc_marked* task = marked_now();
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add(&costs->signals, 1);
  return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(on_page_fault) {
  struct kipc_marked* task = marked_now();
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add(&costs->page_faults, 1);
  return 0;
}

SEC("tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(on_socket_copy, const struct sk_buff* buffer, int length) {
  struct kipc_marked* task = marked_now();
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add_copy(&costs->socket_out, (__u64)length);
  return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct* parent, struct task_struct* child) {
  struct kipc_marked* task = marked_now();
  if (!task || !task->follow) return 0;
  mark((__u32)child->pid, task->slot, 1);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_end, struct task_struct* ended) {
  unmark((__u32)ended->pid);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
