// System calls that not every platform has (or lets kipc use): asked for with arguments that change nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// The names syscall_state() knows, in alphabetical order.
const std::vector<std::string_view>& probed_syscalls();

struct SyscallState {
  bool usable = false;
  std::string reason;  // why not; "" when usable
  std::string enable;  // what would make it so; "" when usable
};

/// Whether a system call is there and not refused as a whole (ENOSYS, EPERM, death by SIGSYS). Tried in a forked child,
/// about 0.2 ms. A name that is not known is unusable, with that reason.
SyscallState try_syscall(std::string_view name);
/// The same, tried once and kept.
const SyscallState& syscall_state(std::string_view name);

}  // namespace kipc
