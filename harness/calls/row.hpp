// A row of the call table: one call, described once. The case schema, the validator, the executor, the trace printer
// and the reference page all come from these rows; adding a call touches one place.
//
// How to write a row:
//   Row{.name = "read",                                   the name of the function, or of what kipc adds (load, store)
//       .areas = {"pipe", "fifo"},                        areas of the catalogue it belongs to; a failing step without
//                                                         assertions is a FAIL there and set-up (ERROR) elsewhere
//       .doc = "Reads up to count bytes.",                one line for docs/calls.md
//       .source = "POSIX.1-2024 read(), read(2)",
//       .params = {in("fd", fd_type()), in("count", integer_type()), out("data", data_type())},
//       .returns = Returns::bytes,
//       .sleeps = {SYS_read},                             the system calls it may sleep in
//       .perform = [](Frame& f) {                         slots by position of the parameter
//         unsigned char* buffer = f.receive(f[1].as_size());
//         f.returns(::read(f[0].as_int(), buffer, f[1].as_size()));
//         f.received(2, buffer);
//       }}
// Argument names are those of the POSIX prototype; the bytes that travel are always `data`.
#pragma once

#include <sys/syscall.h>

#include <string>
#include <string_view>
#include <vector>

#include "values/type.hpp"

namespace kipc {

/// What a call returns when it succeeds, and how it tells an error.
enum class Returns {
  zero,       // 0, else -1 and errno
  integer,    // a number, else -1 and errno
  bytes,      // a number of bytes, else -1 and errno
  fd,         // a new file descriptor (`into` binds it)
  mqd,        // a new message queue descriptor
  address,    // a new mapping (`into` binds it)
  semaphore,  // a sem_t*
  value,      // an id, key or pid: a fact of the case (`into` binds it)
  error,      // 0, else the error number itself (pthread, posix_spawn)
  nothing,    // does not return, or nothing that could fail
};

enum class Direction { in, out, inout, binds };

struct Param {
  std::string_view name;
  const Type* type = nullptr;
  Direction direction = Direction::in;
  bool required = true;
  /// JSON of the value when it is not given; "" for none (Slot::given is then false).
  std::string_view fallback = {};
  /// Only for these values of the selector (a `cmd`, `optname`, `op`), as written; empty: always.
  std::vector<std::string_view> only_for = {};
  /// This parameter selects which of the others exist.
  bool selects = false;
};

/// How a call can make an actor appear.
enum class Makes { nothing, child, thread, image, notified };

struct Row {
  std::string_view name;
  std::vector<std::string_view> areas;
  std::string_view doc;
  std::string_view source;
  std::vector<Param> params = {};
  Returns returns = Returns::zero;
  /// Where what it returns depends on the selector: only for these values as `returns` says, else a plain value.
  std::vector<std::string_view> returns_for = {};
  std::vector<long> sleeps = {};
  Makes makes = Makes::nothing;
  /// Wakes and completes in the waker's own system call; false where soft interrupts or kernel threads take part.
  bool synchronous = true;
  /// The call does not come back when it succeeds.
  bool never_returns = false;
  /// Gives up the sections the caller is in while it sleeps (pthread_cond_wait).
  bool releases_sections = false;
  /// An access that may raise SIGSEGV or SIGBUS; `signal` may be expected of it.
  bool accesses_memory = false;
  /// A parameter whose value is the priority or type of the message, for priority-order.
  std::string_view weight = {};
  /// How it is emitted as C; "" for `name(arguments in order)`. Read by the reproducer.
  std::string_view emit = {};
  void (*perform)(Frame&) = nullptr;
  /// The same call for loops that are timed: the slots stay as they are from round to round, the buffer is
  /// Frame::room(), and nothing is reported but what the call returns. Rows that report nothing else (no out arguments)
  /// need none: `perform` does for them.
  void (*timed)(Frame&) = nullptr;

  /// The parameter of that name for that selector value, or -1.
  [[nodiscard]] int param(std::string_view param_name, std::string_view selector = "") const;
  /// What the call returns for that selector value.
  [[nodiscard]] Returns returned(std::string_view selector) const;
  /// What performs it in a loop that is timed, or nullptr: it cannot be timed.
  [[nodiscard]] void (*timed_form() const)(Frame&);
  /// The selecting parameter, or -1.
  [[nodiscard]] int selector() const;
};

inline Param in(std::string_view name, const Type& type) { return Param{name, &type}; }
/// An argument that may be left out; `fallback` is JSON, "" leaves Slot::given false.
inline Param optional(std::string_view name, const Type& type, std::string_view fallback = "") {
  return Param{name, &type, Direction::in, false, fallback};
}
inline Param out(std::string_view name, const Type& type) { return Param{name, &type, Direction::out, false}; }
inline Param inout(std::string_view name, const Type& type, bool required = true) {
  return Param{name, &type, Direction::inout, required};
}
/// An out argument that binds a name: read_end.
inline Param binds(std::string_view name, const Type& type, bool required = true) {
  return Param{name, &type, Direction::binds, required};
}
inline Param selector(std::string_view name, const Type& type) {
  return Param{name, &type, Direction::in, true, "", {}, true};
}
/// The same parameter, existing only for these values of the selector.
inline Param only_for(Param param, std::vector<std::string_view> values) {
  param.only_for = std::move(values);
  return param;
}

/// A constant with its own name, for tables of flags and enumerators.
#define KIPC_CONSTANT(name) \
  ::kipc::Constant { #name, static_cast < std::int64_t>(name) }

/// All rows, alphabetical by name.
const std::vector<Row>& call_table();
/// The row of that name, or nullptr.
const Row* find_row(std::string_view name);

/// The system calls that the C library may make for that call, for faults that strike one. Empty where it makes none
/// or only futex(), which the engine needs itself.
std::vector<long> system_calls_of(const Row& row);
/// True where the libc may make the call through socketcall(2) or ipc(2), on old architectures: then its number is not
/// its own, and its arguments are elsewhere.
bool may_be_multiplexed(const Row& row);

// The rows of each mechanism, one file each.
std::vector<Row> atomic_rows();          // atomic_* (atomic.cpp)
std::vector<Row> dup_rows();             // dup, close_range (dup.cpp)
std::vector<Row> event_rows();           // eventfd, signalfd, timerfd, pidfd (event.cpp)
std::vector<Row> file_rows();            // open, link, rename (file.cpp)
std::vector<Row> futex_rows();           // futex, robust lists (futex.cpp)
std::vector<Row> identity_rows();        // ids, groups, limits, prctl (identity.cpp)
std::vector<Row> io_rows();              // read, write, close, pipe, splice (io.cpp)
std::vector<Row> lock_rows();            // fcntl, flock, lockf (lock.cpp)
std::vector<Row> memory_rows();          // mmap, mprotect, shm_open, memfd_create, load, store (memory.cpp)
std::vector<Row> mq_rows();              // mq_* (mq.cpp)
std::vector<Row> poll_rows();            // poll, select, epoll (poll.cpp)
std::vector<Row> process_rows();         // fork, execve, wait (process.cpp)
std::vector<Row> pthread_attr_rows();    // pthread_mutexattr_* and its like (pthread_attr.cpp)
std::vector<Row> pthread_cond_rows();    // pthread_cond_* (pthread_cond.cpp)
std::vector<Row> pthread_mutex_rows();   // pthread_mutex_* (pthread_mutex.cpp)
std::vector<Row> pthread_rows();         // pthread_barrier_*, pthread_spin_* (pthread.cpp)
std::vector<Row> pthread_rwlock_rows();  // pthread_rwlock_* (pthread_rwlock.cpp)
std::vector<Row> ring_rows();            // ring_put, ring_take (ring.cpp)
std::vector<Row> semaphore_rows();       // sem_* (semaphore.cpp)
std::vector<Row> signal_rows();          // sigaction, kill, sigqueue (signal.cpp)
std::vector<Row> socket_rows();          // socket, sendmsg, recvmsg (socket.cpp)
std::vector<Row> sockopt_rows();         // getsockopt, setsockopt, ioctl (sockopt.cpp)
std::vector<Row> stat_rows();            // stat, chmod, chown (stat.cpp)
std::vector<Row> sysv_msg_rows();        // msgget, msgsnd, ftok (sysv_msg.cpp)
std::vector<Row> sysv_sem_rows();        // semget, semop, semctl (sysv_sem.cpp)
std::vector<Row> sysv_shm_rows();        // shmget, shmat, shmdt, shmctl (sysv_shm.cpp)
std::vector<Row> time_rows();            // time_point, clock_gettime (time.cpp)
std::vector<Row> timer_rows();           // alarm, timer_* (timer.cpp)

}  // namespace kipc
