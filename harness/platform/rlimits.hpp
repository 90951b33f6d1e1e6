// Resource limits (getrlimit(2)) by name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kipc {

/// The value of a limit that is none (RLIM_INFINITY).
constexpr std::uint64_t kUnlimited = UINT64_MAX;

struct Limit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

/// All names ("RLIMIT_NOFILE"), in alphabetical order.
const std::vector<std::string_view>& rlimit_names();
/// The number of a limit name, or -1.
int rlimit_number(std::string_view name);
/// A limit of this process, in its own unit (bytes, descriptors, processes, ...). Errors: EINVAL for a name that is not
/// known, and those of getrlimit(2).
ErrnoOr<Limit> read_rlimit(std::string_view name);
/// Sets a limit of this process to what it is: number 0 when that works, as it always should. gVisor refuses it with
/// EPERM for limits that it does not keep.
Errno try_rlimit(std::string_view name);

}  // namespace kipc
