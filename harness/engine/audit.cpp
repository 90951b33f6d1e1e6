#include "engine/audit.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/file.hpp"
#include "engine/observe.hpp"

namespace kipc {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

union semun {
  int val;
  struct semid_ds* buf;
  struct seminfo* info;
};

/// The actor that is (or leads) that process, or -1.
int actor_of(const Board& board, int pid) {
  for (int actor = 0; actor < board.actors(); ++actor)
    if (board.slot(actor).pid == pid) return actor;
  return -1;
}

void list_directory(const std::string& path, const char* kind, std::vector<Remaining>& found) {
  const Directory directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') found.push_back(Remaining{kind, fmt::format("/{}", entry->d_name), 0});
}

void list_sysv(std::vector<Remaining>& found) {
  msqid_ds msg{};
  msginfo msg_info{};
  for (int i = 0, last = ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&msg_info)); i <= last; ++i)
    if (const int id = ::msgctl(i, MSG_STAT, &msg); id >= 0) found.push_back(Remaining{"msg", "", id});
  shmid_ds shm{};
  shm_info shm_information{};
  for (int i = 0, last = ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&shm_information)); i <= last; ++i)
    if (const int id = ::shmctl(i, SHM_STAT, &shm); id >= 0) found.push_back(Remaining{"shm", "", id});
  semid_ds sem{};
  seminfo sem_information{};
  semun argument{};
  argument.info = &sem_information;
  const int last = ::semctl(0, 0, SEM_INFO, argument);
  argument.buf = &sem;
  for (int i = 0; i <= last; ++i)
    if (const int id = ::semctl(i, 0, SEM_STAT, argument); id >= 0) found.push_back(Remaining{"sem", "", id});
}

bool sysv_exists(const Created& made) {
  const std::string_view kind = made.kind;
  const int id = static_cast<int>(made.id);
  msqid_ds msg{};
  shmid_ds shm{};
  semid_ds sem{};
  semun argument{};
  argument.buf = &sem;
  if (kind == "msg") return ::msgctl(id, IPC_STAT, &msg) == 0;
  if (kind == "shm") return ::shmctl(id, IPC_STAT, &shm) == 0;
  return ::semctl(id, 0, IPC_STAT, argument) == 0;
}

std::size_t created_count(const Board& board) {
  return std::min<std::size_t>(board.header().created_count.load(), Board::kCreatedMax);
}

/// True for a process that a saboteur made for its own ends.
bool is_companion(const Board& board, int pid) {
  for (std::size_t i = 0; i < created_count(board); ++i)
    if (std::string_view(board.created(i).kind) == "process" && board.created(i).id == pid) return true;
  return false;
}

/// A living child of this process. A dead actor's number may already be somebody else's: that one is not our child.
bool is_living_child(int pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/// Tells all actors to go. Where orphans do not come to us (a kernel without PR_SET_CHILD_SUBREAPER) nothing else
/// reaches those whose parent is gone: their numbers may not be trusted.
void dismiss(const Board& board) {
  for (int actor = 0; actor < board.actors(); ++actor) {
    ActorSlot& slot = board.slot(actor);
    if (slot.process != actor) continue;
    slot.command = Command::exit;
    slot.seq.fetch_add(1);
    futex_wake(slot.seq);
  }
}

/// Kills those children of this process that can be named. False when there is none.
bool kill_children(const Board& board) {
  bool any = false;
  const auto end = [&](int pid) {
    if (pid <= 0 || !is_living_child(pid)) return;
    ::kill(pid, SIGKILL);
    any = true;
  };
  for (int actor = 0; actor < board.actors(); ++actor)
    if (board.slot(actor).process == actor) end(board.slot(actor).pid);
  for (const int child : own_children()) end(child);
  return any;
}

}  // namespace

std::vector<Remaining> zombies(const Board& board, const AuditScope& scope) {
  std::vector<Remaining> found;
  if (!scope.private_pids) return found;
  for (int actor = 0; actor < board.actors(); ++actor) {
    const ActorSlot& slot = board.slot(actor);
    if (slot.parent < 0 || slot.process != actor || slot.pid <= 0) continue;
    if (TaskView(slot.pid, slot.pid).state() == 'Z')
      found.push_back(Remaining{"zombie", fmt::format("pid {}", slot.pid), actor});
  }
  return found;
}

std::vector<Remaining> end_processes(const Board& board, const AuditScope& scope) {
  std::vector<Remaining> strays;
  if (scope.private_pids)
    ::kill(-1, SIGKILL);
  else
    dismiss(board);
  for (bool unnamed = false;;) {
    // Everyone in a pid namespace of its own has been killed: whoever is left is about to end.
    const bool killed = scope.private_pids || kill_children(board);
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, killed ? 0 : WNOHANG);
    if (pid < 0 && errno == ECHILD) return strays;
    if (pid == 0 && unnamed) {
      strays.push_back(Remaining{"nameless", "child processes that nothing here names", 0});
      return strays;
    }
    unnamed = pid == 0;  // once more: an orphan may have come between the two looks
    // The first process of the sandbox inherits every orphan, so whoever is no actor shows up here.
    if (pid > 0 && actor_of(board, pid) < 0 && !is_companion(board, pid))
      strays.push_back(Remaining{"process", fmt::format("pid {}", pid), pid});
  }
}

std::vector<Remaining> remaining_objects(const Board& board, const AuditScope& scope) {
  std::vector<Remaining> found;
  if (scope.private_ipc) {
    list_sysv(found);
  } else {
    for (std::size_t i = 0; i < created_count(board); ++i) {
      const Created& made = board.created(i);
      const std::string_view kind = made.kind;
      if (kind != "name" && kind != "process" && sysv_exists(made)) found.push_back(Remaining{made.kind, "", made.id});
    }
  }
  if (!scope.mqueue_directory.empty()) list_directory(scope.mqueue_directory, "mq", found);
  if (scope.private_shm) list_directory("/dev/shm", "shm object", found);
  return found;
}

void sweep(const Board& board) {
  for (std::size_t i = 0; i < created_count(board); ++i) {
    const Created& made = board.created(i);
    const std::string_view kind = made.kind;
    const int id = static_cast<int>(made.id);
    if (kind == "msg")
      ::msgctl(id, IPC_RMID, nullptr);
    else if (kind == "shm")
      ::shmctl(id, IPC_RMID, nullptr);
    else if (kind == "sem")
      ::semctl(id, 0, IPC_RMID);
    else if (kind != "process") {
      ::mq_unlink(made.name);
      ::shm_unlink(made.name);
      ::sem_unlink(made.name);
    }
  }
}

}  // namespace kipc
