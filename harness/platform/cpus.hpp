// The processors kipc runs on: which, and how many.
#pragma once

#include <string>
#include <vector>

namespace kipc {

/// The model as /proc/cpuinfo names it; "" when it does not.
std::string cpu_model();
/// How many are online in the machine; at least 1.
int cpus_online();
/// How many kipc may use: the affinity it was started with, so pinning a thread later does not count. At least 1.
int cpus_usable();
/// Their numbers, ascending; at least one.
const std::vector<int>& usable_cpus();

}  // namespace kipc
