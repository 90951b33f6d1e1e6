/* What differs between kernels, in one place, each with the commit that made the difference. */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>

/* torvalds/linux 2f064a59a11f (5.14): task_struct::state became __state. */
struct task_struct___before_5_14 {
  volatile long state;
} __attribute__((preserve_access_index));

struct task_struct___since_5_14 {
  unsigned int __state;
} __attribute__((preserve_access_index));

/* 0 while it is runnable. */
static __always_inline unsigned int task_state(const struct task_struct* task) {
  const struct task_struct___since_5_14* now = (const void*)task;
  if (bpf_core_field_exists(now->__state)) return BPF_CORE_READ(now, __state);
  const struct task_struct___before_5_14* then = (const void*)task;
  return (unsigned int)BPF_CORE_READ(then, state);
}

/* The registers a system call was entered with. On arm64 its first argument is overwritten by the result and kept
 * apart. */
static __always_inline long system_call_number(const struct pt_regs* regs) {
#if defined(__TARGET_ARCH_x86)
  return (long)regs->orig_ax;
#else
  return regs->syscallno;
#endif
}

static __always_inline unsigned long system_call_argument(const struct pt_regs* regs, int index) {
#if defined(__TARGET_ARCH_x86)
  return index == 0 ? regs->di : index == 1 ? regs->si : regs->dx;
#else
  const struct user_pt_regs* user = (const void*)regs;
  return index == 0 ? regs->orig_x0 : user->regs[index];
#endif
}
