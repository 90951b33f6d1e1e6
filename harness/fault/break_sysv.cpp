// Breakages of System V message queues, semaphores and shared memory, and of ftok.
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <algorithm>
#include <map>
#include <string>

#include "fault/break.hpp"

namespace kipc {
namespace {

bool is_semop(const Row& row) { return is_any_of(row, {"semop", "semtimedop"}); }

/// The operations of semop where they are in memory that may be read and written, else empty.
sembuf* operations(const Row& row, Frame& f, std::size_t& count) {
  const Slot* sops = argument(row, f, "sops");
  count = 0;
  if (sops == nullptr || sops->p == nullptr || sops->p == f.buffers[1].guard()) return nullptr;
  const Slot* given = argument(row, f, "nsops");
  count = given != nullptr ? std::min(given->as_size(), sops->n) : sops->n;
  return sops->as<sembuf>();
}

bool without_operation_flag(const Row& row, Frame& f, short flag) {
  std::size_t count = 0;
  if (!is_semop(row)) return false;
  sembuf* list = operations(row, f, count);
  for (std::size_t i = 0; i < count; ++i) list[i].sem_flg = static_cast<short>(list[i].sem_flg & ~flag);
  return false;
}

/// SEM_UNDO is ignored.
bool sem_undo_dropped(const Row& row, Frame& f) { return without_operation_flag(row, f, SEM_UNDO); }

/// The operations are done one after the other, each waiting for itself, with room for others between them.
bool semop_one_by_one(const Row& row, Frame& f) {
  std::size_t count = 0;
  sembuf* list = operations(row, f, count);
  if (!is_semop(row) || count < 2) return false;
  for (std::size_t i = 0; i < count; ++i) {
    f.returns(::semop(subject(f), list + i, 1));
    if (f.result.err != 0) break;
    ::sched_yield();
  }
  return true;
}

/// Who waits for zero is never woken: it waits for zero in a set that nobody changes.
bool zero_waiters_sleep_on(const Row& row, Frame& f) {
  std::size_t count = 0;
  sembuf* list = operations(row, f, count);
  if (!is_semop(row) || count != 1 || list->sem_op != 0 || (list->sem_flg & IPC_NOWAIT) != 0) return false;
  const int value = ::semctl(subject(f), list->sem_num, GETVAL);
  if (value <= 0) return false;
  const int hidden = ::semget(IPC_PRIVATE, 1, 0600);
  sembuf up = {0, 1, 0};
  ::semop(hidden, &up, 1);
  sembuf wait = {0, 0, 0};
  f.returns(::semop(hidden, &wait, 1));
  return true;
}

/// IPC_NOWAIT is ignored: the call waits.
bool nowait_waits(const Row& row, Frame& f) {
  if (is_any_of(row, {"msgsnd", "msgrcv"})) {
    if ((integer_argument(row, f, "msgflg") & MSG_COPY) != 0) return false;
    return without(row, f, "msgflg", IPC_NOWAIT);
  }
  return without_operation_flag(row, f, IPC_NOWAIT);
}

/// IPC_RMID returns 0 and removes nothing.
bool rmid_ignored(const Row& row, Frame& f) {
  if (!is_any_of(row, {"msgctl", "semctl", "shmctl"}) || integer_argument(row, f, "cmd") != IPC_RMID) return false;
  succeed(f);
  return true;
}

/// Who waits at an object that is removed gets EINVAL.
bool eidrm_as_einval(const Row& row, Frame& f) {
  if (!is_any_of(row, {"msgsnd", "msgrcv", "semop", "semtimedop"})) return false;
  row.perform(f);
  if (f.result.err == EIDRM) fail_with(f, EINVAL);
  return true;
}

/// IPC_EXCL and O_EXCL are ignored: what exists is opened.
bool excl_ignored(const Row& row, Frame& f) {
  if (row.name == "msgget") return without(row, f, "msgflg", IPC_EXCL);
  if (row.name == "semget") return without(row, f, "semflg", IPC_EXCL);
  if (row.name == "shmget") return without(row, f, "shmflg", IPC_EXCL);
  return false;
}

/// MSG_NOERROR is always assumed: a message is cut where E2BIG is due.
bool msgrcv_truncates(const Row& row, Frame& f) {
  if (Slot* flags = argument(row, f, "msgflg"); flags != nullptr) flags->i |= MSG_NOERROR;
  return false;
}

/// msgrcv takes the first message whatever its type.
bool msgrcv_ignores_type(const Row& row, Frame& f) {
  Slot* flags = argument(row, f, "msgflg");
  Slot* type = argument(row, f, "msgtyp");
  if (type == nullptr || flags == nullptr || (flags->i & (MSG_COPY | MSG_EXCEPT)) != 0) return false;
  type->i = 0;
  return false;
}

/// A negative msgtyp takes the first message up to that type, not the lowest.
bool msgrcv_negative_takes_first(const Row& row, Frame& f) {
  Slot* type = argument(row, f, "msgtyp");
  if (type != nullptr && type->i < 0) type->i = 0;
  return false;
}

/// MSG_EXCEPT is ignored.
bool msg_except_ignored(const Row& row, Frame& f) {
  return (integer_argument(row, f, "msgflg") & MSG_COPY) == 0 && without(row, f, "msgflg", MSG_EXCEPT);
}

/// MSG_COPY takes the message out of the queue.
bool msg_copy_takes(const Row& row, Frame& f) {
  if ((integer_argument(row, f, "msgflg") & MSG_COPY) == 0) return false;
  row.perform(f);
  const std::string_view type = came_back(row, f, "mtype");
  long wanted = 0;
  std::memcpy(&wanted, type.data(), std::min(type.size(), sizeof wanted));
  std::string message(65536 + sizeof wanted, '\0');
  if (f.result.err == 0) ::msgrcv(subject(f), message.data(), 65536, wanted, IPC_NOWAIT | MSG_NOERROR);
  return true;
}

/// The segment is attached as a private copy.
bool shmat_private(const Row& row, Frame& f) {
  row.perform(f);
  shmid_ds segment = {};
  if (f.result.err != 0 || ::shmctl(subject(f), IPC_STAT, &segment) != 0) return true;
  void* place = reinterpret_cast<void*>(static_cast<std::uintptr_t>(f.result.ret));
  const std::string content(static_cast<const char*>(place), segment.shm_segsz);
  if (::mmap(place, content.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place)
    std::copy(content.begin(), content.end(), static_cast<char*>(place));
  return true;
}

/// A segment goes away with its last attachment, without IPC_RMID.
bool shm_removed_at_last_detach(const Row& row, Frame& f) {
  static std::map<std::int64_t, int> attached;
  if (row.name == "shmat") {
    row.perform(f);
    if (f.result.err == 0) attached[f.result.ret] = subject(f);
    return true;
  }
  if (row.name != "shmdt") return false;
  row.perform(f);
  const auto found = attached.find(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(f[0].p)));
  shmid_ds segment = {};
  if (f.result.err != 0 || found == attached.end() || ::shmctl(found->second, IPC_STAT, &segment) != 0) return true;
  if (segment.shm_nattch == 0) ::shmctl(found->second, IPC_RMID, nullptr);
  attached.erase(found);
  return true;
}

/// SHM_RDONLY is ignored.
bool shm_rdonly_ignored(const Row& row, Frame& f) { return without(row, f, "shmflg", SHM_RDONLY); }

/// ftok makes the same key for every id.
bool ftok_ignores_id(const Row& row, Frame& f) {
  if (Slot* id = argument(row, f, "proj_id"); id != nullptr) id->i = 1;
  return false;
}

/// ftok tells files apart by their names.
bool ftok_by_name(const Row& row, Frame& f) {
  const Slot* path = argument(row, f, "pathname");
  row.perform(f);
  if (f.result.err != 0 || path == nullptr) return true;
  std::int64_t sum = 0;
  for (const char* c = path->text(); *c != '\0'; ++c) sum = sum * 31 + *c;
  f.result.ret ^= sum & 0xFFFF;
  return true;
}

}  // namespace

std::vector<Saboteur> sysv_saboteurs() {
  return {
      {"eidrm-as-einval", "Who waits at a System V object that is removed gets EINVAL.", "", eidrm_as_einval},
      {"ftok-by-name", "ftok tells files apart by their names.", "ftok", ftok_by_name},
      {"ftok-ignores-id", "ftok makes the same key for every proj_id.", "ftok", ftok_ignores_id},
      {"ipc-excl-ignored", "IPC_EXCL is ignored: what exists is opened.", "", excl_ignored},
      {"msg-copy-takes", "MSG_COPY takes the message out of the queue.", "msgrcv", msg_copy_takes},
      {"msg-except-ignored", "MSG_EXCEPT is ignored.", "msgrcv", msg_except_ignored},
      {"msgrcv-ignores-type", "msgrcv takes the first message whatever its type.", "msgrcv", msgrcv_ignores_type},
      {"msgrcv-negative-takes-first", "A negative msgtyp takes the first message instead of the lowest type.", "msgrcv",
       msgrcv_negative_takes_first},
      {"msgrcv-truncates", "msgrcv cuts a message where E2BIG is due.", "msgrcv", msgrcv_truncates},
      {"nowait-waits", "IPC_NOWAIT is ignored: the call waits.", "", nowait_waits},
      {"rmid-ignored", "IPC_RMID returns 0 and removes nothing.", "", rmid_ignored},
      {"sem-undo-dropped", "SEM_UNDO is ignored: a dead process's adjustments stay.", "", sem_undo_dropped},
      {"semop-one-by-one", "The operations of a semop are done one after the other, not at once.", "",
       semop_one_by_one},
      {"shm-rdonly-ignored", "SHM_RDONLY is ignored: the attachment can be written to.", "shmat", shm_rdonly_ignored},
      {"shm-removed-at-last-detach", "A segment goes away with its last attachment, without IPC_RMID.", "",
       shm_removed_at_last_detach},
      {"shmat-private", "shmat gives a private copy.", "shmat", shmat_private},
      {"zero-waiters-sleep-on", "A semop that waits for zero is not woken.", "", zero_waiters_sleep_on},
  };
}

}  // namespace kipc
