// seccomp filters over an actor's calls, made with libseccomp and installed by the actor itself. A filter stays until
// the thread ends; what the thread forks has it, too.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.hpp"

namespace kipc {

/// Which calls a filter is for: these system calls, and only with that first argument (its low 32 bits) where one is
/// given.
struct Selection {
  std::vector<long> system_calls;
  std::optional<std::uint64_t> first_argument;

  [[nodiscard]] bool matches(long number, std::uint64_t argument) const;
};

/// From now on the selected calls of this thread return -1 with that error, and nothing of them is done
/// (SECCOMP_RET_ERRNO). `error`: 1 to 4095. Errors: those of seccomp_load(3).
ErrnoOr<void> install_errno(const Selection& selection, int error);

/// From now on the selected calls of this thread wait for an answer over the descriptor that is returned
/// (SECCOMP_RET_USER_NOTIF). A second one in the same thread fails with EBUSY.
ErrnoOr<Fd> install_listener(const Selection& selection);

}  // namespace kipc
