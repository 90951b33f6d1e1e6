// Capabilities (capabilities(7)) by name, those this process has, and giving them up; by the raw system calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kipc {

/// A set of capabilities: bit n is capability n.
using CapabilityMask = std::uint64_t;

constexpr CapabilityMask capability_bit(int number) { return CapabilityMask{1} << number; }

/// The capabilities known to kipc by name, in the order of their numbers, which begin with 0.
const std::vector<std::string_view>& capability_names();
/// The name of a capability ("CAP_KILL"); "" for a number without one.
std::string_view capability_name(int number);
/// The number of a capability name, or -1.
int capability_number(std::string_view name);
/// The names of a set, by number; "CAP_63" for a bit without a name.
std::vector<std::string> capability_list(CapabilityMask set);

/// True when the kernel looks for this capability in the user namespace that owns the object, as far as IPC goes, so
/// that it also counts in a user namespace made without privilege. False when only the initial one counts
/// (CAP_SYS_RESOURCE for RLIMIT_MSGQUEUE, CAP_IPC_LOCK for mlock, CAP_SYS_NICE for real-time scheduling, ...).
bool counts_in_user_namespace(int number);

/// The three sets of a thread that capget(2) knows.
struct Capabilities {
  CapabilityMask effective = 0;
  CapabilityMask permitted = 0;
  CapabilityMask inheritable = 0;
};

/// The sets of the calling thread. Errors: those of capget(2). Async-signal-safe.
ErrnoOr<Capabilities> current_capabilities();
/// True when the calling thread has a capability effectively; false also where this cannot be read.
bool has_capability(int number);
/// Takes from the calling thread all capabilities but `keep`, for good: from the effective, permitted and inheritable
/// sets (and so from the ambient one), and from the bounding set where CAP_SETPCAP allows it; without that, uid 0 gets
/// them back at execve(). Errors: those of capset(2) and prctl(2). Async-signal-safe.
ErrnoOr<void> keep_capabilities(CapabilityMask keep);
/// As keep_capabilities(), but leaves the bounding set alone: for a process that will not execve(). One system call.
ErrnoOr<void> reduce_capabilities(CapabilityMask keep);
/// keep_capabilities() with none to keep.
ErrnoOr<void> drop_all_capabilities();

/// True in the user namespace the machine was booted with, where capabilities reach everything.
bool in_initial_user_namespace();

}  // namespace kipc
