// Whether it can be seen here that a process is blocked, and in which call: tried on a forked child that sleeps in
// read(2) from an empty pipe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/missing.hpp"

namespace kipc {

struct ObserveAbility {
  bool syscall = false;      // /proc/PID/syscall names the call it sleeps in, by the right number
  bool stat_state = false;   // /proc/PID/stat has the state S
  bool exit_status = false;  // /proc/PID/stat ends with how a process ended that is still to be waited for
  bool schedstat = false;    // /proc/PID/schedstat counts its runs
  bool wchan = false;        // /proc/PID/wchan names a kernel function: only for reports
  bool pidfd = false;        // pidfd_open(2): a death can be waited for
  std::vector<Missing> missing;

  /// All that the judgement "it blocks" rests on.
  [[nodiscard]] bool blocking() const { return syscall && stat_state && schedstat; }
  /// The entry of `missing` for "syscall", "stat state", "exit status", "schedstat", "wchan" or "pidfd", or null.
  [[nodiscard]] const Missing* why_not(std::string_view what) const;
};

/// Tries it, in well under 1 ms where it works. Never fails. Takes as long as it takes the child to fall asleep, at
/// most `patience_ms` milliseconds.
ObserveAbility probe_observation(int patience_ms = 2000);

}  // namespace kipc
