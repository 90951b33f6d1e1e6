#include "fault/tracer.hpp"

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#if defined(__riscv)
#include <asm/ptrace.h>
#endif

#include <cerrno>

namespace kipc {
namespace {

ErrnoOr<void> done(long result, const char* what) {
  if (result != -1) return {};
  return fail_errno(what);
}

#if defined(__x86_64__) || defined(__aarch64__) || defined(__i386__) || defined(__riscv) || defined(__s390x__)
#if defined(__s390x__)
using Registers = _user_regs_struct;
#else
using Registers = user_regs_struct;
#endif

template <typename Change>
ErrnoOr<void> change_registers(pid_t tid, Change&& change) {
  Registers registers{};
  iovec view{&registers, sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &view) != 0) return fail_errno("PTRACE_GETREGSET");
  change(registers);
  return done(::ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &view), "PTRACE_SETREGSET");
}
#endif

}  // namespace

ErrnoOr<void> Tracer::attach() {
  if (::ptrace(PTRACE_SEIZE, tid_, nullptr, PTRACE_O_TRACESYSGOOD) != 0) return fail_errno("PTRACE_SEIZE");
  attached_ = true;
  return done(::ptrace(PTRACE_INTERRUPT, tid_, nullptr, nullptr), "PTRACE_INTERRUPT");
}

std::optional<TraceStop> Tracer::next() {
  if (!attached_) return std::nullopt;
  int status = 0;
  siginfo_t info{};
  // Not WEXITED: the death is the parent's to reap.
  if (::waitid(P_PID, static_cast<id_t>(tid_), &info, WSTOPPED | WNOHANG | __WALL) != 0 || info.si_pid == 0)
    return std::nullopt;
  status = info.si_status;
  TraceStop stop;
  const int event = status >> 8;
  const int signal = status & 0xFF;
  if (signal == (SIGTRAP | 0x80)) {
    __ptrace_syscall_info call{};
    if (::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), tid_, sizeof call, &call) > 0) {
      if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
        stop.kind = TraceStop::Kind::entry;
        stop.number = static_cast<long>(call.entry.nr);
        stop.first_argument = call.entry.args[0];
      } else if (call.op == PTRACE_SYSCALL_INFO_EXIT) {
        stop.kind = TraceStop::Kind::exit;
      }
    }
  } else if (event == PTRACE_EVENT_STOP) {
    stop.kind = signal == SIGTRAP ? TraceStop::Kind::other : TraceStop::Kind::group;
    stop.signal = signal;
  } else if (event == 0) {
    stop.kind = TraceStop::Kind::signal;
    stop.signal = signal;
  }
  return stop;
}

void Tracer::go_on(int signal) { (void)::ptrace(PTRACE_SYSCALL, tid_, nullptr, static_cast<long>(signal)); }

void Tracer::stay_stopped() { (void)::ptrace(PTRACE_LISTEN, tid_, nullptr, nullptr); }

void Tracer::detach(int signal) {
  if (attached_) (void)::ptrace(PTRACE_DETACH, tid_, nullptr, static_cast<long>(signal));
  attached_ = false;
}

ErrnoOr<void> Tracer::skip_call() {
#if defined(__x86_64__)
  return change_registers(tid_, [](Registers& registers) { registers.orig_rax = ~0ULL; });
#elif defined(__i386__)
  return change_registers(tid_, [](Registers& registers) { registers.orig_eax = -1; });
#elif defined(__riscv)
  return change_registers(tid_, [](Registers& registers) { registers.a7 = ~0UL; });
#elif defined(__s390x__)
  // The number is not in a register that can be set; a result set at the entry makes the kernel skip the call.
  return change_registers(tid_, [](Registers& registers) { registers.gprs[2] = ~0UL; });
#elif defined(__aarch64__)
  int none = -1;
  iovec view{&none, sizeof none};
  return done(::ptrace(PTRACE_SETREGSET, tid_, NT_ARM_SYSTEM_CALL, &view), "PTRACE_SETREGSET");
#else
  return tl::make_unexpected(Errno{ENOTSUP, "ptrace on this architecture"});
#endif
}

ErrnoOr<void> Tracer::give_back([[maybe_unused]] std::int64_t value) {
#if defined(__x86_64__)
  return change_registers(tid_, [&](Registers& registers) { registers.rax = static_cast<unsigned long long>(value); });
#elif defined(__i386__)
  return change_registers(tid_, [&](Registers& registers) { registers.eax = static_cast<long>(value); });
#elif defined(__riscv)
  return change_registers(tid_, [&](Registers& registers) { registers.a0 = static_cast<unsigned long>(value); });
#elif defined(__s390x__)
  return change_registers(tid_, [&](Registers& registers) { registers.gprs[2] = static_cast<unsigned long>(value); });
#elif defined(__aarch64__)
  return change_registers(tid_,
                          [&](Registers& registers) { registers.regs[0] = static_cast<unsigned long long>(value); });
#else
  return tl::make_unexpected(Errno{ENOTSUP, "ptrace on this architecture"});
#endif
}

}  // namespace kipc
