/* Faults that eBPF makes, as both sides see them: kipc says what shall strike, the programs count and strike.
 *
 * A task's calls count from prctl(KIPC_STRIKE_MARK, slot + 1) on, once the slot is active. */
#pragma once

#ifdef __cplusplus
#include <linux/types.h>
#endif

/* An option that prctl() does not know. */
#define KIPC_STRIKE_MARK 0x6b697066

#define KIPC_STRIKE_CALLS 8

struct kipc_strike {
  __u64 numbers[KIPC_STRIKE_CALLS]; /* system calls that count; the rest is ~0 */
  __u64 first_argument;             /* only with this one, when has_first_argument */
  __u64 first, last, step;          /* which of them: first, first + step, … last */
  __u64 calls;                      /* how many there were */
  __u64 struck;
  __u32 has_first_argument;
  __u32 active;
  __u32 at_exit;    /* the signal is sent as the call returns, else as it begins */
  __u32 due;        /* the call that is under way is one of them */
  __s32 signal;     /* to send to the process; 0: none */
  __s32 error;      /* what the security hook or the call answers; 0: none */
  __u32 whole_call; /* the error is that of the call itself, not of a hook */
};
