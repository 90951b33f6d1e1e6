// The control groups of this process: which version, and whether kipc may make groups of its own for limits.
#pragma once

#include <string>

namespace kipc {

struct CgroupState {
  int version = 0;        // 2: unified; 1: the memory and pids controllers are in version 1; 0: none mounted
  std::string folder;     // of this process in version 2, else of its pids controller; "" when not found
  bool writable = false;  // a group could be made in it
};

/// From /proc/self/cgroup and the usual places under /sys/fs/cgroup. Never fails.
CgroupState cgroup_state();

/// The path of a controller's group in the text of /proc/PID/cgroup: "pids" for version 1, "" for version 2.
std::string cgroup_path(const std::string& text, const std::string& controller);

}  // namespace kipc
