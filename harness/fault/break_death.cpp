// Breakages of what the end of a process, or of a name, releases.
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault/break.hpp"

namespace kipc {
namespace {

int sleep_for_ever(void* /*argument*/) {
  // It shares the memory of the process, errno with it: no function of the C library.
  for (;;) {
#if defined(__x86_64__)
    long number = SYS_pause;
    asm volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
#else
    ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
#endif
  }
}

/// What shares descriptors, adjustments and memory with a process keeps them when the process ends: before its first
/// call each gets such a companion, which sleeps.
bool death_releases_nothing(const Row& row, Frame& f) {
  (void)row;
  static pid_t accompanied = 0;
  if (accompanied == ::getpid()) return false;
  constexpr std::size_t kStack = 65536;
  void* stack = ::mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) return false;
  // No exit signal: wait() does not see it.
  const pid_t companion =
      ::clone(sleep_for_ever, static_cast<char*>(stack) + kStack, CLONE_VM | CLONE_FILES | CLONE_SYSVSEM, nullptr);
  if (companion > 0) f.host.created("process", companion);
  accompanied = ::getpid();
  return false;
}

/// mq_unlink, sem_unlink and shm_unlink return 0 and leave the name.
bool unlink_ignored(const Row& row, Frame& f) {
  if (!is_any_of(row, {"mq_unlink", "sem_unlink", "shm_unlink"})) return false;
  succeed(f);
  return true;
}

}  // namespace

std::vector<Saboteur> death_saboteurs() {
  return {
      {"death-releases-nothing",
       "A process that ends leaves its descriptors open, its locks taken, its segments attached and its adjustments "
       "unapplied.",
       "", death_releases_nothing},
      {"unlink-ignored", "mq_unlink, sem_unlink and shm_unlink return 0 and leave the name.", "", unlink_ignored},
  };
}

}  // namespace kipc
