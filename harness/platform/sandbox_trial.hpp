// One trial of a set of namespaces in a forked child, with what can be done inside: the part of the probe that runs
// after fork, on plain memory and system calls only.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "platform/sysctls.hpp"

namespace kipc {

/// What a step of a trial came to: an errno, or one of these.
constexpr int kDone = 0;
constexpr int kNotTried = -1;

/// What the children write, in shared memory, as far as they come.
struct TrialReport {
  int unshared = kNotTried;  // unshare(flags)
  int mapped = kNotTried;    // the uid and gid map, where flags have CLONE_NEWUSER
  int init_forked = kNotTried;
  int init_is_one = kNotTried;  // pid 1 inside; ENOTSUP when it is another
  int made_private = kNotTried;
  int tmpfs = kNotTried;
  int proc = kNotTried;
  int mqueue = kNotTried;
  int sysctl = kNotTried;     // ENOTSUP: not tried, as the namespace looks like the machine's
  char sysctl_path[64] = {};  // the one that `sysctl` is about
  int net = kNotTried;
  int nested_user = kNotTried;
  int changed_uid = kNotTried;
  std::array<char[96], kIpcSysctls.size()> values{};
};

struct TrialPlan {
  int flags = 0;            // CLONE_NEW* for the one unshare(); 0: none
  bool many_ids = false;    // map all ids of this namespace (from outside), not just one's own
  bool change_uid = false;  // at last, become another uid
  bool inside = true;       // fork pid 1 and try the rest; else only unshare
};

/// Runs one trial. What it could not even begin is kNotTried in the report; errno of the fork in `unshared`.
TrialReport run_trial(const TrialPlan& plan);

}  // namespace kipc
