// By what means a fault can strike a call here, and why not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/sandbox_probe.hpp"

namespace kipc {

/// The engines that strike a chosen call: "ptrace", "seccomp-errno", "seccomp-notify".
const std::vector<std::string_view>& call_fault_engines();

/// All names a requirement {"fault": …} may give: the engines, "userfaultfd", "call": any that counts calls,
/// "direct-calls": that system calls are told apart, and limits by control groups, "cgroup-memory" and "cgroup-pids".
const std::vector<std::string_view>& fault_engines();

/// Why this engine cannot be had here, or nothing. Probes once (a child process, a few hundred microseconds).
const std::optional<Missing>& fault_engine_missing(std::string_view name);

/// The most places of a call at which it can be made to fail.
constexpr std::int64_t kMostSites = 1000;

/// The most data of a call that `freeze` can stop, in bytes.
constexpr std::int64_t kFreezeBytes = std::int64_t{4} << 20;

}  // namespace kipc
