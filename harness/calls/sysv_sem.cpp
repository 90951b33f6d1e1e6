// Rows: System V semaphores.
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/sem_types.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kSem = {"sysv-sem"};

std::vector<long> sleeping() {
  std::vector<long> numbers;
#ifdef SYS_semop
  numbers.push_back(SYS_semop);
#endif
#ifdef SYS_semtimedop
  numbers.push_back(SYS_semtimedop);
#endif
#ifdef SYS_semtimedop_time64
  numbers.push_back(SYS_semtimedop_time64);
#endif
#ifdef SYS_ipc
  numbers.push_back(SYS_ipc);
#endif
  return numbers;
}

union Semun {
  int val;
  void* buf;
};

/// More semaphores than a set may have.
constexpr std::size_t kMostSemaphores = 65536;

const Type& get_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(IPC_CREAT), KIPC_CONSTANT(IPC_EXCL)};
  static const auto type = make_flags_type("semget flags", kFlags);
  return *type;
}

const Type& control_commands() {
  static constexpr std::array kCommands = {
      KIPC_CONSTANT(GETALL),   KIPC_CONSTANT(GETNCNT),  KIPC_CONSTANT(GETPID),   KIPC_CONSTANT(GETVAL),
      KIPC_CONSTANT(GETZCNT),  KIPC_CONSTANT(IPC_INFO), KIPC_CONSTANT(IPC_RMID), KIPC_CONSTANT(IPC_SET),
      KIPC_CONSTANT(IPC_STAT), KIPC_CONSTANT(SEM_INFO), KIPC_CONSTANT(SEM_STAT), KIPC_CONSTANT(SEM_STAT_ANY),
      KIPC_CONSTANT(SETALL),   KIPC_CONSTANT(SETVAL)};
  static const auto type = make_enum_type("semctl command", kCommands);
  return *type;
}

const Type& set_type() {
  static const std::array kFields = [] {
    std::array fields = {
        KIPC_FIELD(semid_ds, sem_perm.mode), KIPC_FIELD(semid_ds, sem_perm.uid),  KIPC_FIELD(semid_ds, sem_perm.gid),
        KIPC_FIELD(semid_ds, sem_perm.cuid), KIPC_FIELD(semid_ds, sem_perm.cgid), KIPC_FIELD(semid_ds, sem_perm.__key),
        KIPC_FIELD(semid_ds, sem_otime),     KIPC_FIELD(semid_ds, sem_ctime),     KIPC_FIELD(semid_ds, sem_nsems)};
    fields[0].octal = true;
    return fields;
  }();
  static const StructType kSet = {"struct semid_ds", sizeof(semid_ds), kFields};
  static const auto type = make_struct_type(kSet);
  return *type;
}

const Type& info_type() {
  static const std::array kFields = {KIPC_FIELD(seminfo, semmap), KIPC_FIELD(seminfo, semmni),
                                     KIPC_FIELD(seminfo, semmns), KIPC_FIELD(seminfo, semmnu),
                                     KIPC_FIELD(seminfo, semmsl), KIPC_FIELD(seminfo, semopm),
                                     KIPC_FIELD(seminfo, semume), KIPC_FIELD(seminfo, semusz),
                                     KIPC_FIELD(seminfo, semvmx), KIPC_FIELD(seminfo, semaem)};
  static const StructType kInfo = {"struct seminfo", sizeof(seminfo), kFields};
  static const auto type = make_struct_type(kInfo);
  return *type;
}

/// GETALL. No semaphore's value is the canary (SEMVMX is less), so the canary tells how many the kernel stored.
void get_all(Frame& f, std::size_t array) {
  constexpr std::size_t kBytes = kMostSemaphores * sizeof(unsigned short);
  const bool own = !f[array].given;
  void* buffer = own ? f.receive(kBytes) : f[array].p;
  f.returns(::semctl(f[0].as_int(), f[1].as_int(), GETALL, Semun{.buf = buffer}));
  if (!own) return;
  unsigned short canary = 0;
  std::memset(&canary, GuardedBuffer::kCanary, sizeof canary);
  const auto* values = static_cast<const unsigned short*>(buffer);
  const std::size_t count = static_cast<std::size_t>(std::find(values, values + kMostSemaphores, canary) - values);
  f.received(array, static_cast<unsigned char*>(buffer), f.result.err == 0 ? count * sizeof canary : 0);
}

void control(Frame& f) {
  enum Params { semid, semnum, cmd, val, set_array, get_array, set, stat, info };
  const int command = f[cmd].as_int();
  if (command == GETALL) return get_all(f, get_array);
  Semun argument = {.buf = nullptr};
  switch (command) {
    case SETVAL: argument.val = f[val].as_int(); break;
    case SETALL: argument.buf = f[set_array].p; break;
    case IPC_SET: argument.buf = f[set].p; break;
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: argument.buf = out_place<semid_ds>(f, stat); break;
    case IPC_INFO:
    case SEM_INFO: argument.buf = out_place<seminfo>(f, info); break;
    default: break;
  }
  f.returns(::semctl(f[semid].as_int(), f[semnum].as_int(), command, argument));
  if (command == IPC_STAT || command == SEM_STAT || command == SEM_STAT_ANY)
    report_structure(f, stat, static_cast<semid_ds*>(argument.buf));
  if (command == IPC_INFO || command == SEM_INFO) report_structure(f, info, static_cast<seminfo*>(argument.buf));
}

std::size_t operations(const Frame& f) { return f[2].given ? f[2].as_size() : f[1].n; }

}  // namespace

std::vector<Row> sysv_sem_rows() {
  return {
      Row{.name = "semctl",
          .areas = kSem,
          .doc = "Reads, changes or removes a semaphore set, as cmd says; semnum is 0 unless given. SEM_STAT takes an "
                 "index and returns the id; IPC_INFO and SEM_INFO fill a struct seminfo and return the highest index.",
          .source = "POSIX.1-2024 semctl(), semctl(2)",
          .params = {in("semid", integer_type()), optional("semnum", integer_type(), "0"),
                     selector("cmd", control_commands()), only_for(in("val", integer_type()), {"SETVAL"}),
                     only_for(in("array", semaphore_values_type()), {"SETALL"}),
                     only_for(out("array", semaphore_values_type()), {"GETALL"}),
                     only_for(in("buf", set_type()), {"IPC_SET"}),
                     only_for(out("buf", set_type()), {"IPC_STAT", "SEM_STAT", "SEM_STAT_ANY"}),
                     only_for(out("buf", info_type()), {"IPC_INFO", "SEM_INFO"})},
          .returns = Returns::integer,
          .perform = control},
      Row{.name = "semget",
          .areas = kSem,
          .doc = "Opens or creates a set of nsems semaphores.",
          .source = "POSIX.1-2024 semget(), semget(2)",
          .params = {in("key", key_type()), in("nsems", integer_type()), optional("semflg", get_flags(), "[]")},
          .returns = Returns::value,
          .perform =
              [](Frame& f) {
                f.returns(::semget(static_cast<key_t>(f[0].i), f[1].as_int(), f[2].as_int()));
                if (f.result.err == 0) f.host.created("sem", f.result.ret);
              }},
      Row{.name = "semop",
          .areas = kSem,
          .doc = "Performs all operations at once, or waits until it can; nsops is their number unless given.",
          .source = "POSIX.1-2024 semop(), semop(2)",
          .params = {in("semid", integer_type()), in("sops", sembuf_list_type()), optional("nsops", integer_type())},
          .sleeps = sleeping(),
          .perform = [](Frame& f) { f.returns(::semop(f[0].as_int(), f[1].as<sembuf>(), operations(f))); }},
      Row{.name = "semtimedop",
          .areas = kSem,
          .doc = "As semop, but waits for timeout at most.",
          .source = "semop(2)",
          .params = {in("semid", integer_type()), in("sops", sembuf_list_type()), optional("nsops", integer_type()),
                     in("timeout", relative_time_type())},
          .sleeps = sleeping(),
          .perform =
              [](Frame& f) {
                f.returns(::semtimedop(f[0].as_int(), f[1].as<sembuf>(), operations(f), f[3].as<timespec>()));
              }},
  };
}

}  // namespace kipc
