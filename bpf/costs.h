/* What the probes count, as both sides see it: eBPF programs write it, kipc reads it through a mapping.
 *
 * A task is counted from the moment it marks itself, prctl(KIPC_MARK, slot + 1), until prctl(KIPC_MARK, 0). The mark
 * itself costs a system call that is not counted; the kernel answers it with EINVAL. */
#pragma once

#ifdef __cplusplus
#include <linux/types.h>
#endif

/* An option that prctl() does not know: "kipc". */
#define KIPC_MARK 0x6b697063

/* Children of a marked task are marked, too; or'ed to the slot's number plus one. */
#define KIPC_MARK_FOLLOW 0x40000000

/* System calls have numbers below this on every 64-bit architecture; others are counted as the last. */
#define KIPC_CALLS 512

/* One system call of one slot. */
struct kipc_call_cost {
  __u64 count;
  __u64 errors; /* results in -4095..-1 */
  __u64 bytes;  /* positive results added up; for mq_timedsend and msgsnd the length asked for */
  __u64 ns;     /* from entry to exit, when times were asked for */
};

struct kipc_copies {
  __u64 count;
  __u64 bytes;
};

/* What one slot has cost. A slot is written by all tasks marked with it. */
struct kipc_costs {
  struct kipc_call_cost calls[KIPC_CALLS];
  __u64 switches_voluntary;      /* it went to sleep */
  __u64 switches_involuntary;    /* it was preempted */
  __u64 wakeups;                 /* tasks it made runnable */
  __u64 signals;                 /* delivered to it */
  __u64 page_faults;             /* in user mode */
  struct kipc_copies socket_out; /* from socket buffers to it, by the tracepoint skb_copy_datagram_iovec */
  struct kipc_copies pass_in;    /* from it into the kernel: one for each buffer handed over */
  struct kipc_copies pass_out;
  struct kipc_copies raw_in; /* runs of the routine that copies */
  struct kipc_copies raw_out;
};

/* A marked task. */
struct kipc_marked {
  __u32 tid; /* 0: nobody */
  __u32 slot;
  __u32 follow;
  __u64 entered;     /* nanoseconds, when times are asked for */
  __u64 datagram_at; /* bytes that left by skb_copy_datagram_iter in the present call */
};
