// Rows: what fcntl does to descriptors and files, and the locks of files.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kLock = {"lock"};

const std::vector<long> kFcntl = {
#ifdef SYS_fcntl
    SYS_fcntl,
#endif
#ifdef SYS_fcntl64
    SYS_fcntl64,
#endif
};

const Type& commands() {
  static constexpr std::array kCommands = {
      KIPC_CONSTANT(F_ADD_SEALS), KIPC_CONSTANT(F_DUPFD),      KIPC_CONSTANT(F_DUPFD_CLOEXEC),
      KIPC_CONSTANT(F_GETFD),     KIPC_CONSTANT(F_GETFL),      KIPC_CONSTANT(F_GETLEASE),
      KIPC_CONSTANT(F_GETLK),     KIPC_CONSTANT(F_GETOWN),     KIPC_CONSTANT(F_GETPIPE_SZ),
      KIPC_CONSTANT(F_GETSIG),    KIPC_CONSTANT(F_GET_SEALS),  KIPC_CONSTANT(F_OFD_GETLK),
      KIPC_CONSTANT(F_OFD_SETLK), KIPC_CONSTANT(F_OFD_SETLKW), KIPC_CONSTANT(F_SETFD),
      KIPC_CONSTANT(F_SETFL),     KIPC_CONSTANT(F_SETLEASE),   KIPC_CONSTANT(F_SETLK),
      KIPC_CONSTANT(F_SETLKW),    KIPC_CONSTANT(F_SETOWN),     KIPC_CONSTANT(F_SETPIPE_SZ),
      KIPC_CONSTANT(F_SETSIG)};
  static const auto type = make_enum_type("fcntl command", kCommands);
  return *type;
}

const Type& descriptor_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(FD_CLOEXEC)};
  static const auto type = make_flags_type("descriptor flags", kFlags);
  return *type;
}

constexpr std::array kStatusFlags = {KIPC_CONSTANT(O_RDONLY),   KIPC_CONSTANT(O_WRONLY), KIPC_CONSTANT(O_RDWR),
                                     KIPC_CONSTANT(O_APPEND),   KIPC_CONSTANT(O_ASYNC),  KIPC_CONSTANT(O_DIRECT),
                                     KIPC_CONSTANT(O_SYNC),     KIPC_CONSTANT(O_DSYNC),  KIPC_CONSTANT(O_NOATIME),
                                     KIPC_CONSTANT(O_NONBLOCK), KIPC_CONSTANT(O_PATH)};

const Type& status_flags() {
  static const auto type = make_flags_type("file status flags", kStatusFlags);
  return *type;
}

const Type& seals() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(F_SEAL_EXEC),   KIPC_CONSTANT(F_SEAL_FUTURE_WRITE),
                                        KIPC_CONSTANT(F_SEAL_GROW),   KIPC_CONSTANT(F_SEAL_SEAL),
                                        KIPC_CONSTANT(F_SEAL_SHRINK), KIPC_CONSTANT(F_SEAL_WRITE)};
  static const auto type = make_flags_type("seals", kFlags);
  return *type;
}

constexpr std::array kLockTypes = {KIPC_CONSTANT(F_RDLCK), KIPC_CONSTANT(F_UNLCK), KIPC_CONSTANT(F_WRLCK)};

const Type& leases() {
  static const auto type = make_enum_type("lease", kLockTypes);
  return *type;
}

const Type& flock_type() {
  static constexpr std::array kOrigins = {KIPC_CONSTANT(SEEK_CUR), KIPC_CONSTANT(SEEK_END), KIPC_CONSTANT(SEEK_SET)};
  using Lock = struct flock;  // the function hides the name
  static const std::array kFields = [] {
    std::array fields = {KIPC_FIELD(Lock, l_type), KIPC_FIELD(Lock, l_whence), KIPC_FIELD(Lock, l_start),
                         KIPC_FIELD(Lock, l_len), KIPC_FIELD(Lock, l_pid)};
    fields[0].names = kLockTypes;
    fields[1].names = kOrigins;
    return fields;
  }();
  static const StructType kType = {"struct flock", sizeof(Lock), kFields};
  static const auto type = make_struct_type(kType);
  return *type;
}

const Type& flock_operations() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(LOCK_EX), KIPC_CONSTANT(LOCK_NB), KIPC_CONSTANT(LOCK_SH),
                                        KIPC_CONSTANT(LOCK_UN)};
  static const auto type = make_flags_type("flock operation", kFlags);
  return *type;
}

const Type& lockf_commands() {
  static constexpr std::array kCommands = {KIPC_CONSTANT(F_LOCK), KIPC_CONSTANT(F_TEST), KIPC_CONSTANT(F_TLOCK),
                                           KIPC_CONSTANT(F_ULOCK)};
  static const auto type = make_enum_type("lockf command", kCommands);
  return *type;
}

// The parameters of fcntl by position.
enum FcntlParam : std::size_t { fd, cmd, first_arg, last_arg = 6, lock, flags, fd_flags, seals_set, lease };

/// The flags that a program may have asked for: the kernel adds O_LARGEFILE, which has no value in most libcs.
std::int64_t known_status(std::int64_t value) {
  std::int64_t known = O_ACCMODE;
  for (const Constant& constant : kStatusFlags) known |= constant.value;
  return value & known;
}

void report_fcntl(Frame& f) {
  if (f.result.err != 0) return;
  const std::int64_t value = f.result.ret;
  switch (f[cmd].as_int()) {
    case F_GETFD: f.out_integer(fd_flags, value); break;
    case F_GETFL: f.out_integer(flags, known_status(value)); break;
    case F_GETLEASE: f.out_integer(lease, value); break;
    case F_GET_SEALS: f.out_integer(seals_set, value); break;
    case F_GETLK:
    case F_OFD_GETLK: f.out(lock, f[lock].p, f[lock].n); break;
    default: break;
  }
}

void perform_fcntl(Frame& f) {
  if (f[lock].given) {
    f.returns(::fcntl(f[fd].as_int(), f[cmd].as_int(), f[lock].p));
  } else {
    int argument = 0;
    for (std::size_t i = first_arg; i <= last_arg; ++i)
      if (f[i].given) argument = f[i].as_int();
    f.returns(::fcntl(f[fd].as_int(), f[cmd].as_int(), argument));
  }
  report_fcntl(f);
}

}  // namespace

std::vector<Row> lock_rows() {
  return {
      Row{.name = "fcntl",
          .areas = {"fd-passing", "fifo", "lock", "pipe", "process"},
          .doc = "Reads or changes what cmd names. What F_GETFL, F_GETFD, F_GET_SEALS and F_GETLEASE return comes back "
                 "by name as well, as flags, fd_flags, seals and lease.",
          .source = "POSIX.1-2024 fcntl(), fcntl(2)",
          .params = {in("fd", fd_type()), selector("cmd", commands()),
                     only_for(in("arg", integer_type()),
                              {"F_DUPFD", "F_DUPFD_CLOEXEC", "F_SETOWN", "F_SETPIPE_SZ", "F_SETSIG"}),
                     only_for(in("arg", descriptor_flags()), {"F_SETFD"}),
                     only_for(in("arg", status_flags()), {"F_SETFL"}), only_for(in("arg", seals()), {"F_ADD_SEALS"}),
                     only_for(in("arg", leases()), {"F_SETLEASE"}),
                     only_for(inout("lock", flock_type()),
                              {"F_GETLK", "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_SETLK", "F_SETLKW"}),
                     only_for(out("flags", status_flags()), {"F_GETFL"}),
                     only_for(out("fd_flags", descriptor_flags()), {"F_GETFD"}),
                     only_for(out("seals", seals()), {"F_GET_SEALS"}),
                     only_for(out("lease", leases()), {"F_GETLEASE"})},
          .returns = Returns::fd,
          .returns_for = {"F_DUPFD", "F_DUPFD_CLOEXEC"},
          .sleeps = kFcntl,
          .perform = perform_fcntl},
      Row{.name = "flock",
          .areas = kLock,
          .doc = "Locks or unlocks a file by its open file description.",
          .source = "flock(2)",
          .params = {in("fd", fd_type()), in("operation", flock_operations())},
          .sleeps = {SYS_flock},
          .perform = [](Frame& f) { f.returns(::flock(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "lockf",
          .areas = kLock,
          .doc = "Locks, tests or unlocks len bytes from the current offset on (0: to the end).",
          .source = "POSIX.1-2024 lockf(), lockf(3)",
          .params = {in("fd", fd_type()), in("cmd", lockf_commands()), in("len", integer_type())},
          .sleeps = kFcntl,
          .perform = [](Frame& f) { f.returns(::lockf(f[0].as_int(), f[1].as_int(), static_cast<off_t>(f[2].i))); }},
  };
}

}  // namespace kipc
