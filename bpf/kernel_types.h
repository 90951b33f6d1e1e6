/* What kipc's programs look at of the kernel's types, kept by hand: a few fields each. libbpf moves every access to
 * where the running kernel has the field (CO-RE), so neither order nor size matters here, and no vmlinux.h is needed to
 * build. */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

/* Tells bpf_tracing.h that the types below are the kernel's own. */
#define __VMLINUX_H__ 1

typedef _Bool bool;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
  int pid;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
  unsigned long r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, bp, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
  unsigned long long regs[31];
  unsigned long long sp, pc;
};
struct pt_regs {
  unsigned long long orig_x0;
  int syscallno;
};
#else
#error "kipc's probes know x86-64 and arm64"
#endif

#pragma clang attribute pop

/* Only ever pointed to. */
struct sk_buff;
struct iov_iter;
struct kernel_siginfo;
struct k_sigaction;
struct msg_msg;
struct sock;
