#include <fmt/format.h>
#include <limits.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>

#include "base/result.hpp"
#include "values/scope.hpp"

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif
#ifndef SEMVMX
#define SEMVMX 32767
#endif

namespace kipc {
namespace {

#define KIPC_C(name) \
  Constant { #name, name }
constexpr std::array kFixed = {
    KIPC_C(INT_MAX),       KIPC_C(INT_MIN),
    KIPC_C(IOV_MAX),       KIPC_C(LONG_MAX),
    KIPC_C(NAME_MAX),      KIPC_C(PATH_MAX),
    KIPC_C(PIPE_BUF),      KIPC_C(SEMVMX),
    KIPC_C(SEM_VALUE_MAX), KIPC_C(PTHREAD_BARRIER_SERIAL_THREAD),
    KIPC_C(SHRT_MAX),      KIPC_C(SHM_DEST),
    KIPC_C(SHM_LOCKED),    KIPC_C(SSIZE_MAX),
    KIPC_C(UINT_MAX),      KIPC_C(USHRT_MAX),
};
constexpr std::array kSignals = {
    KIPC_C(SIGABRT),
    KIPC_C(SIGALRM),
    KIPC_C(SIGBUS),
    KIPC_C(SIGCHLD),
    KIPC_C(SIGCONT),
    KIPC_C(SIGFPE),
    KIPC_C(SIGHUP),
    KIPC_C(SIGILL),
    KIPC_C(SIGINT),
    KIPC_C(SIGIO),
    KIPC_C(SIGKILL),
    KIPC_C(SIGPIPE),
    KIPC_C(SIGPROF),
    KIPC_C(SIGPWR),
    KIPC_C(SIGQUIT),
    KIPC_C(SIGSEGV),
    KIPC_C(SIGSTOP),
    KIPC_C(SIGSYS),
    KIPC_C(SIGTERM),
    KIPC_C(SIGTRAP),
    KIPC_C(SIGTSTP),
    KIPC_C(SIGTTIN),
    KIPC_C(SIGTTOU),
    KIPC_C(SIGURG),
    KIPC_C(SIGUSR1),
    KIPC_C(SIGUSR2),
    KIPC_C(SIGVTALRM),
    KIPC_C(SIGWINCH),
    KIPC_C(SIGXCPU),
    KIPC_C(SIGXFSZ),
    Constant{"SIGPOLL", SIGIO},
};
#undef KIPC_C

}  // namespace

Constants signal_constants() { return kSignals; }

std::string signal_name(int number) {
  for (const Constant& signal : kSignals)
    if (signal.value == number) return std::string(signal.name);
  if (number == SIGRTMIN) return "SIGRTMIN";
  if (number == SIGRTMAX) return "SIGRTMAX";
  if (number > SIGRTMIN && number < SIGRTMAX) return fmt::format("SIGRTMIN+{}", number - SIGRTMIN);
  return fmt::format("signal {}", number);
}

bool platform_constant(std::string_view name, std::int64_t& value) {
  for (const Constant& constant : kFixed)
    if (constant.name == name) {
      value = constant.value;
      return true;
    }
  for (const Constant& signal : kSignals)
    if (signal.name == name) {
      value = signal.value;
      return true;
    }
  if (const int number = errno_number(name); number >= 0) {
    value = number;
    return true;
  }
  if (name == "page_size")
    value = ::sysconf(_SC_PAGESIZE);
  else if (name == "SHMLBA")  // a call of the libc, not a constant
    value = SHMLBA;
  else if (name == "MQ_PRIO_MAX")
    value = ::sysconf(_SC_MQ_PRIO_MAX);
  else if (name == "SIGRTMIN")
    value = SIGRTMIN;
  else if (name == "SIGRTMAX")
    value = SIGRTMAX;
  else
    return false;
  return true;
}

std::vector<std::string_view> platform_constant_names() {
  std::vector<std::string_view> names = {"MQ_PRIO_MAX", "SHMLBA", "SIGRTMAX", "SIGRTMIN", "page_size"};
  for (const Constant& constant : kFixed) names.push_back(constant.name);
  for (const Constant& signal : kSignals) names.push_back(signal.name);
  return names;
}

}  // namespace kipc
