/* Tier 2: copies between marked tasks and the kernel.
 *
 * Passes: one for each buffer that crosses, at the functions of fs/, net/, ipc/ and mm/ that hand it over. What copies
 * in lib/ cannot be reached by fentry nor kprobe on any stock kernel, and it copies page by page. Each site has two
 * programs, of which one is loaded: fentry or fexit where the kernel has trampolines, else kprobe or kretprobe. A
 * length is taken from the result where a function may do less than it was asked for, else from its argument.
 *
 * Raw copies: each run of the routine that copies, by a hardware breakpoint on its first instruction, with its length
 * in a register. x86-64 only. */
#include "marked.bpf.h"

#include <bpf/bpf_tracing.h>

#include "core_fixes.bpf.h"

static __always_inline int pass_in(long bytes) {
  struct kipc_marked* task = bytes > 0 ? marked_now() : 0;
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add_copy(&costs->pass_in, (__u64)bytes);
  return 0;
}

static __always_inline int pass_out(long bytes) {
  struct kipc_marked* task = bytes > 0 ? marked_now() : 0;
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (costs) add_copy(&costs->pass_out, (__u64)bytes);
  return 0;
}

/* Of a datagram a part leaves by skb_copy_datagram_iter; only what does not is left to on_udp_out. */
static __always_inline int datagram_out(long bytes) {
  struct kipc_marked* task = bytes > 0 ? marked_now() : 0;
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (!costs) return 0;
  task->datagram_at += (__u64)bytes;
  add_copy(&costs->pass_out, (__u64)bytes);
  return 0;
}

static __always_inline int udp_out(long bytes) {
  struct kipc_marked* task = marked_now();
  if (!task || task->datagram_at) return 0;
  return pass_out(bytes);
}

/* The first parameters of each function, the result last. The names of pipe_write and pipe_read are set when loading:
 * 6.18 has anon_pipe_write and anon_pipe_read, which the functions of FIFOs call, 6.12 does not. */
SEC("fexit/pipe_write")
int BPF_PROG(fexit_pipe_write, void* iocb, void* from, long result) { return pass_in(result); }
SEC("kretprobe/pipe_write")
int BPF_KRETPROBE(kret_pipe_write, long result) { return pass_in(result); }

SEC("fexit/pipe_read")
int BPF_PROG(fexit_pipe_read, void* iocb, void* to, long result) { return pass_out(result); }
SEC("kretprobe/pipe_read")
int BPF_KRETPROBE(kret_pipe_read, long result) { return pass_out(result); }

SEC("fentry/load_msg")
int BPF_PROG(fentry_load_msg, const void* from, unsigned long length) { return pass_in((long)length); }
SEC("kprobe/load_msg")
int BPF_KPROBE(kprobe_load_msg, const void* from, unsigned long length) { return pass_in((long)length); }

SEC("fentry/store_msg")
int BPF_PROG(fentry_store_msg, void* to, struct msg_msg* message, unsigned long length) {
  return pass_out((long)length);
}
SEC("kprobe/store_msg")
int BPF_KPROBE(kprobe_store_msg, void* to, void* message, unsigned long length) { return pass_out((long)length); }

SEC("fentry/skb_copy_datagram_from_iter")
int BPF_PROG(fentry_skb_in, struct sk_buff* buffer, int offset, struct iov_iter* from, int length) {
  return pass_in(length);
}
SEC("kprobe/skb_copy_datagram_from_iter")
int BPF_KPROBE(kprobe_skb_in, void* buffer, int offset, void* from, int length) { return pass_in(length); }

SEC("fentry/skb_copy_datagram_iter")
int BPF_PROG(fentry_skb_out, const struct sk_buff* buffer, int offset, struct iov_iter* to, int length) {
  return datagram_out(length);
}
SEC("kprobe/skb_copy_datagram_iter")
int BPF_KPROBE(kprobe_skb_out, void* buffer, int offset, void* to, int length) { return datagram_out(length); }

SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(fexit_tcp_in, struct sock* sock, void* message, unsigned long size, int result) { return pass_in(result); }
SEC("kretprobe/tcp_sendmsg_locked")
int BPF_KRETPROBE(kret_tcp_in, int result) { return pass_in(result); }

SEC("fentry/ip_generic_getfrag")
int BPF_PROG(fentry_udp_in, void* from, void* to, int offset, int length) { return pass_in(length); }
SEC("kprobe/ip_generic_getfrag")
int BPF_KPROBE(kprobe_udp_in, void* from, void* to, int offset, int length) { return pass_in(length); }

SEC("fentry/skb_consume_udp")
int BPF_PROG(fentry_udp_out, struct sock* sock, struct sk_buff* buffer, int length) { return udp_out(length); }
SEC("kprobe/skb_consume_udp")
int BPF_KPROBE(kprobe_udp_out, void* sock, void* buffer, int length) { return udp_out(length); }

/* More parameters than fexit takes. */
SEC("kretprobe/process_vm_rw")
int BPF_KRETPROBE(kret_process_vm, long result) { return pass_out(result); }

#if defined(__TARGET_ARCH_x86)
/* Where the routine has the length: set before loading. */
const volatile bool length_in_cx = 0;

/* struct bpf_perf_event_data of x86-64: the registers in the order of <asm/ptrace.h>. */
struct at_breakpoint {
  unsigned long r15_to_ax[11];
  unsigned long cx, dx, si, di;
};

SEC("perf_event")
int on_raw_copy(struct at_breakpoint* at) {
  struct kipc_marked* task = marked_now();
  struct kipc_costs* costs = task ? costs_of(task) : 0;
  if (!costs) return 0;
  /* Both, so that no compiler works out the address of one: a verifier wants constant offsets into a context. */
  __u64 cx = at->cx;
  __u64 dx = at->dx;
  barrier_var(cx);
  barrier_var(dx);
  __u64 length = length_in_cx ? cx : dx;
  /* Addresses of the kernel are negative. */
  if ((long)at->di >= 0)
    add_copy(&costs->raw_out, length);
  else if ((long)at->si >= 0)
    add_copy(&costs->raw_in, length);
  return 0;
}
#endif

char LICENSE[] SEC("license") = "GPL";
