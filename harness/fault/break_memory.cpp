// Breakages of memory: shared objects and mappings, and what is read from them.
#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>

#include "base/fd.hpp"
#include "fault/break.hpp"

namespace kipc {
namespace {

/// MAP_SHARED maps a private copy.
bool shared_mapping_private(const Row& row, Frame& f) {
  const bool file = argument(row, f, "fd") != nullptr;
  Slot& flags = f.slots[static_cast<std::size_t>(row.param("flags"))];
  const std::int64_t wanted = flags.given ? flags.i : file ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
  if ((wanted & MAP_TYPE) != MAP_SHARED) return false;
  flags.given = true;
  flags.i = (wanted & ~MAP_TYPE) | MAP_PRIVATE;
  return false;
}

/// mprotect returns 0 and does nothing.
bool mprotect_ignored(const Row&, Frame& f) {
  succeed(f);
  return true;
}

/// One load in 64 gives what the place held at the load before.
bool stale_loads(const Row& row, Frame& f) {
  static std::map<void*, std::int64_t> seen;
  static unsigned count = 0;
  row.perform(f);
  if (f.result.err != 0 || f.result.signal != 0) return true;
  const auto before = seen.find(f[0].p);
  const std::int64_t now = f.result.ret;
  if (before != seen.end() && before->second != now && once_in(64, count)) f.result.ret = before->second;
  seen[f[0].p] = now;
  return true;
}

/// Read, add and write instead of one atomic step.
bool fetch_add_not_atomic(const Row& row, Frame& f) {
  const Slot* value = argument(row, f, "operand");
  if (f[0].p == nullptr || value == nullptr || (f[0].n != 4 && f[0].n != 8)) return false;
  if (f[0].n == 4) {
    auto* place = f[0].as<volatile std::uint32_t>();
    const std::uint32_t old = *place;
    ::sched_yield();
    *place = old + static_cast<std::uint32_t>(value->i);
    succeed(f, old);
  } else {
    auto* place = f[0].as<volatile std::uint64_t>();
    const std::uint64_t old = *place;
    ::sched_yield();
    *place = old + static_cast<std::uint64_t>(value->i);
    succeed(f, static_cast<std::int64_t>(old));
  }
  return true;
}

/// shm_unlink empties the object for those who have it.
bool shm_unlink_destroys(const Row& row, Frame& f) {
  const Slot* name = argument(row, f, "name");
  if (name == nullptr || name->p == nullptr || name->p == f.buffers[1].guard()) return false;
  const Fd object(::shm_open(name->text(), O_RDWR, 0));
  if (object && ::ftruncate(object.get(), 0) != 0) return false;
  return false;
}

/// O_EXCL is ignored: what exists is opened.
bool excl_ignored(const Row& row, Frame& f) {
  if (row.name == "open") return without(row, f, "flags", O_EXCL);
  return is_any_of(row, {"mq_open", "sem_open", "shm_open"}) && without(row, f, "oflag", O_EXCL);
}

/// O_TRUNC is ignored: the object keeps its size and content.
bool shm_trunc_ignored(const Row& row, Frame& f) { return without(row, f, "oflag", O_TRUNC); }

/// Objects are made for everyone to read and write, whatever their mode.
bool mode_ignored(const Row& row, Frame& f) {
  constexpr std::int64_t kEveryone = 0666;
  for (const std::string_view name : {"msgflg", "semflg", "shmflg"})
    if (Slot* flags = argument(row, f, name); flags != nullptr && (flags->i & IPC_CREAT) != 0) flags->i |= kEveryone;
  if (!is_any_of(row, {"mkfifo", "mq_open", "sem_open", "shm_open", "fchmod", "chmod"})) return false;
  if (Slot* mode = argument(row, f, "mode"); mode != nullptr) mode->i |= kEveryone;
  return false;
}

}  // namespace

std::vector<Saboteur> memory_saboteurs() {
  return {
      {"fetch-add-not-atomic", "An atomic addition is a read and a write.", "atomic_fetch_add", fetch_add_not_atomic},
      {"mode-ignored", "Objects are made for everyone to read and write, whatever their mode.", "", mode_ignored},
      {"mprotect-ignored", "mprotect returns 0 and does nothing.", "mprotect", mprotect_ignored},
      {"o-excl-ignored", "O_EXCL is ignored: what exists is opened.", "", excl_ignored},
      {"shared-mapping-private", "MAP_SHARED maps a private copy.", "mmap", shared_mapping_private},
      {"shm-trunc-ignored", "shm_open ignores O_TRUNC.", "shm_open", shm_trunc_ignored},
      {"shm-unlink-destroys", "shm_unlink empties the object for those who have it.", "shm_unlink",
       shm_unlink_destroys},
      {"stale-loads", "One load in 64 gives what the place held before.", "load", stale_loads},
  };
}

}  // namespace kipc
