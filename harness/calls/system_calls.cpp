// The system calls that the C library makes for a call of the table, where its name is not theirs.
#include <algorithm>
#include <array>
#include <iterator>

#include "calls/row.hpp"

namespace kipc {
namespace {

struct Entry {
  std::string_view name;
  std::vector<long> numbers;
};

#define KIPC_SYSTEM_CALL(name) \
  Entry {                      \
#name, { SYS_##name }      \
  }

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      {"accept",
       {
#ifdef SYS_accept
           SYS_accept,
#endif
           SYS_accept4}},
      {"fork",
       {
#ifdef SYS_fork
           SYS_fork,
#endif
           SYS_clone}},
      {"eventfd", {SYS_eventfd2}},
      {"fcntl",
       {
#ifdef SYS_fcntl64
           SYS_fcntl64,
#endif
           SYS_fcntl}},
      {"memfd_create", {SYS_memfd_create}},
      {"mq_close", {SYS_close}},
      {"mq_receive", {SYS_mq_timedreceive}},
      {"mq_send", {SYS_mq_timedsend}},
      {"open", {SYS_openat}},
      {"pipe",
       {
#ifdef SYS_pipe
           SYS_pipe,
#endif
           SYS_pipe2}},
      {"pread", {SYS_pread64}},
      {"pwrite", {SYS_pwrite64}},
      {"recv", {SYS_recvfrom}},
      {"send", {SYS_sendto}},
      {"shm_open", {SYS_openat}},
      {"shm_unlink",
       {
#ifdef SYS_unlink
           SYS_unlink,
#endif
           SYS_unlinkat}},
      {"signalfd", {SYS_signalfd4}},
      {"sigqueue", {SYS_rt_sigqueueinfo}},
      KIPC_SYSTEM_CALL(accept4),
      KIPC_SYSTEM_CALL(bind),
      KIPC_SYSTEM_CALL(clone),
      KIPC_SYSTEM_CALL(close),
      KIPC_SYSTEM_CALL(connect),
      KIPC_SYSTEM_CALL(dup),
      KIPC_SYSTEM_CALL(dup3),
      KIPC_SYSTEM_CALL(epoll_create1),
      KIPC_SYSTEM_CALL(epoll_ctl),
      KIPC_SYSTEM_CALL(execve),
      KIPC_SYSTEM_CALL(fallocate),
      KIPC_SYSTEM_CALL(fchmod),
      KIPC_SYSTEM_CALL(flock),
      KIPC_SYSTEM_CALL(ftruncate),
      KIPC_SYSTEM_CALL(getpeername),
      KIPC_SYSTEM_CALL(getsockname),
      KIPC_SYSTEM_CALL(getsockopt),
      KIPC_SYSTEM_CALL(ioctl),
      KIPC_SYSTEM_CALL(kill),
      KIPC_SYSTEM_CALL(listen),
      KIPC_SYSTEM_CALL(lseek),
      KIPC_SYSTEM_CALL(mmap),
      KIPC_SYSTEM_CALL(mprotect),
      KIPC_SYSTEM_CALL(mq_notify),
      KIPC_SYSTEM_CALL(mq_open),
      KIPC_SYSTEM_CALL(mq_timedreceive),
      KIPC_SYSTEM_CALL(mq_timedsend),
      KIPC_SYSTEM_CALL(mq_unlink),
      KIPC_SYSTEM_CALL(mremap),
      KIPC_SYSTEM_CALL(msgctl),
      KIPC_SYSTEM_CALL(msgget),
      KIPC_SYSTEM_CALL(msgrcv),
      KIPC_SYSTEM_CALL(msgsnd),
      KIPC_SYSTEM_CALL(msync),
      KIPC_SYSTEM_CALL(munmap),
      KIPC_SYSTEM_CALL(pipe2),
      KIPC_SYSTEM_CALL(prlimit64),
      KIPC_SYSTEM_CALL(process_vm_readv),
      KIPC_SYSTEM_CALL(process_vm_writev),
      KIPC_SYSTEM_CALL(read),
      KIPC_SYSTEM_CALL(readv),
      KIPC_SYSTEM_CALL(recvfrom),
      KIPC_SYSTEM_CALL(recvmsg),
      KIPC_SYSTEM_CALL(semctl),
      KIPC_SYSTEM_CALL(semget),
      KIPC_SYSTEM_CALL(sendmsg),
      KIPC_SYSTEM_CALL(sendto),
      KIPC_SYSTEM_CALL(setsockopt),
      KIPC_SYSTEM_CALL(shmat),
      KIPC_SYSTEM_CALL(shmctl),
      KIPC_SYSTEM_CALL(shmdt),
      KIPC_SYSTEM_CALL(shmget),
      KIPC_SYSTEM_CALL(shutdown),
      KIPC_SYSTEM_CALL(socket),
      KIPC_SYSTEM_CALL(socketpair),
      KIPC_SYSTEM_CALL(splice),
      KIPC_SYSTEM_CALL(tee),
      KIPC_SYSTEM_CALL(tgkill),
      KIPC_SYSTEM_CALL(timer_create),
      KIPC_SYSTEM_CALL(timerfd_create),
      KIPC_SYSTEM_CALL(timerfd_settime),
      KIPC_SYSTEM_CALL(vmsplice),
      KIPC_SYSTEM_CALL(write),
      KIPC_SYSTEM_CALL(writev),
  };
  return table;
}

}  // namespace

bool may_be_multiplexed([[maybe_unused]] const Row& row) {
#if defined(SYS_socketcall) || defined(SYS_ipc)
  static constexpr std::array<std::string_view, 30> kMultiplexed = {
      "accept", "accept4", "bind",       "connect",  "getpeername", "getsockname", "getsockopt", "listen",
      "msgctl", "msgget",  "msgrcv",     "msgsnd",   "recv",        "recvfrom",    "recvmsg",    "semctl",
      "semget", "semop",   "semtimedop", "send",     "sendmsg",     "sendto",      "setsockopt", "shmat",
      "shmctl", "shmdt",   "shmget",     "shutdown", "socket",      "socketpair"};
  return std::find(kMultiplexed.begin(), kMultiplexed.end(), row.name) != kMultiplexed.end();
#else
  return false;
#endif
}

std::vector<long> system_calls_of(const Row& row) {
  const auto& table = entries();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Entry& entry) { return entry.name == row.name; });
  if (found != table.end()) return found->numbers;
  std::vector<long> numbers;
  std::copy_if(row.sleeps.begin(), row.sleeps.end(), std::back_inserter(numbers),
               [](long number) { return number != SYS_futex; });
  return numbers;
}

}  // namespace kipc
