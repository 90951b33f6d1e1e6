// The supervisor's end of a seccomp listener: calls wait here until they are answered.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.hpp"

namespace kipc {

/// A call that waits for an answer. `tid` as this process's pid namespace sees it.
struct HeldCall {
  std::uint64_t id = 0;
  pid_t tid = 0;
  long number = 0;
  std::uint64_t first_argument = 0;
};

class Listener {
 public:
  Listener() = default;
  explicit Listener(Fd fd) : fd_(std::move(fd)) {}

  /// True when a call waits that receive() has not handed out.
  [[nodiscard]] bool pending() const;
  /// The next call that waits; nothing when there is none, or its thread was killed in the meantime.
  std::optional<HeldCall> receive();
  /// Lets the call run as if nothing had been.
  void let_run(const HeldCall& call);
  /// The call returns -1 with that error and is not run.
  void refuse(const HeldCall& call, int error);

 private:
  void answer(const HeldCall& call, int error, std::uint32_t flags);
  Fd fd_;
};

}  // namespace kipc
