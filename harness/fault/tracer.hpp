// One thread under ptrace(2): it stops before and after each of its system calls, and whoever traces it decides how it
// goes on. All of it has to be called from the thread that attached.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/result.hpp"

namespace kipc {

struct TraceStop {
  enum class Kind { entry, exit, signal, group, other };
  Kind kind = Kind::other;
  long number = -1;                  // entry: the system call
  std::uint64_t first_argument = 0;  // entry
  int signal = 0;                    // signal: about to be delivered; group: the one that stopped the process
};

class Tracer {
 public:
  Tracer() = default;
  explicit Tracer(pid_t tid) : tid_(tid) {}

  /// PTRACE_SEIZE, then an interruption: the first stop is of kind `other`. Errors: EPERM where Yama or a container
  /// forbids it.
  ErrnoOr<void> attach();
  /// The stop the thread is in, once for each; nothing while it runs, or when it is dead.
  std::optional<TraceStop> next();
  /// Lets it run to its next system call, with a signal or none.
  void go_on(int signal = 0);
  /// Leaves it stopped by job control until SIGCONT.
  void stay_stopped();
  void detach(int signal = 0);
  /// At an entry: the call is not made. Then, at its exit, `give_back` sets what it returns (-errno for an error).
  /// Errors: ENOTSUP on architectures this is not written for.
  ErrnoOr<void> skip_call();
  ErrnoOr<void> give_back(std::int64_t value);
  [[nodiscard]] bool attached() const { return attached_; }

 private:
  pid_t tid_ = 0;
  bool attached_ = false;
};

}  // namespace kipc
