// Breakages of file locks, leases and seals.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "fault/break.hpp"

namespace kipc {
namespace {

using RecordLock = struct flock;  // the function hides the name

bool same_file(int a, int b) {
  struct stat first = {};
  struct stat second = {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/// A descriptor whose file the process has open once more is not closed at all, so its record locks stay.
bool record_locks_survive_close(const Row& row, Frame& f) {
  (void)row;
  constexpr int kHighest = 256;
  struct stat status = {};
  if (::fstat(subject(f), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  for (int fd = 0; fd < kHighest; ++fd) {
    if (fd == subject(f) || !same_file(fd, subject(f))) continue;
    succeed(f);
    return true;
  }
  return false;
}

/// Closing one of several descriptors releases what flock took by their open file description.
bool flock_released_by_close(const Row& row, Frame& f) {
  (void)row;
  const int error = errno;
  ::flock(subject(f), LOCK_UN);
  errno = error;
  return false;
}

/// No lock conflicts with another.
bool locks_never_conflict(const Row& row, Frame& f) {
  if (!is_any_of(row, {"fcntl", "flock", "lockf"})) return false;
  row.perform(f);
  if (f.result.err == EAGAIN || f.result.err == EACCES) succeed(f);
  return true;
}

/// F_GETLK sees no lock.
bool getlk_sees_none(const Row& row, Frame& f) {
  const std::int64_t command = integer_argument(row, f, "cmd");
  row.perform(f);
  if (command == F_GETLK || command == F_OFD_GETLK)
    alter_out<RecordLock>(row, f, "lock", [](RecordLock& lock) { lock.l_type = F_UNLCK; });
  return true;
}

/// Locks of an open file description are locks of the process.
bool ofd_locks_by_process(const Row& row, Frame& f) {
  Slot* command = argument(row, f, "cmd");
  if (command == nullptr) return false;
  const std::int64_t wanted = command->i;
  command->i = wanted == F_OFD_SETLK    ? F_SETLK
               : wanted == F_OFD_SETLKW ? F_SETLKW
               : wanted == F_OFD_GETLK  ? F_GETLK
                                        : wanted;
  row.perform(f);
  command->i = wanted;
  return true;
}

/// Unlocking the middle of a range unlocks all of the file.
bool unlock_takes_all(const Row& row, Frame& f) {
  const Slot* lock = argument(row, f, "lock");
  if (lock == nullptr || lock->p == nullptr || lock->p == f.buffers[1].guard()) return false;
  auto* range = lock->as<RecordLock>();
  if (integer_argument(row, f, "cmd") != F_SETLK || range->l_type != F_UNLCK) return false;
  range->l_whence = SEEK_SET;
  range->l_start = 0;
  range->l_len = 0;
  return false;
}

/// F_ADD_SEALS returns 0 and adds nothing.
bool seals_not_added(const Row& row, Frame& f) {
  if (integer_argument(row, f, "cmd") != F_ADD_SEALS) return false;
  succeed(f);
  return true;
}

}  // namespace

std::vector<Saboteur> lock_saboteurs() {
  return {
      {"flock-released-by-close", "Closing one of several descriptors releases a lock taken by flock.", "close",
       flock_released_by_close},
      {"getlk-sees-none", "F_GETLK reports no lock.", "fcntl", getlk_sees_none},
      {"locks-never-conflict", "A lock is granted where another is held.", "", locks_never_conflict},
      {"ofd-locks-by-process", "Locks of an open file description are locks of the process.", "fcntl",
       ofd_locks_by_process},
      {"record-locks-survive-close", "Closing another descriptor of the file does not release record locks.", "close",
       record_locks_survive_close},
      {"seals-not-added", "F_ADD_SEALS returns 0 and adds nothing.", "fcntl", seals_not_added},
      {"unlock-takes-all", "Unlocking a part of a range unlocks the whole file.", "fcntl", unlock_takes_all},
  };
}

}  // namespace kipc
