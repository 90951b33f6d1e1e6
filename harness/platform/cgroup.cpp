#include "platform/cgroup.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sstream>

#include "platform/proc_text.hpp"

namespace kipc {

std::string cgroup_path(const std::string& text, const std::string& controller) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // "9:memory,pids:/path", "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool found =
        controller.empty() ? controllers == ",," : controllers.find("," + controller + ",") != std::string::npos;
    if (found) return line.substr(second + 1);
  }
  return "";
}

CgroupState cgroup_state() {
  CgroupState state;
  const std::string text = read_start("/proc/self/cgroup", 16384);
  struct statfs status {};
  const char* root = "/sys/fs/cgroup";
  if (::statfs(root, &status) != 0) return state;
  if (status.f_type == CGROUP2_SUPER_MAGIC) {
    state.version = 2;
    state.folder = root + cgroup_path(text, "");
  } else if (exists("/sys/fs/cgroup/pids")) {
    state.version = 1;
    state.folder = "/sys/fs/cgroup/pids" + cgroup_path(text, "pids");
  } else {
    return state;
  }
  if (state.folder.ends_with('/')) state.folder.pop_back();
  // In a container the path is that of the host, and the group of the container is mounted at the root.
  if (!exists(state.folder)) state.folder = state.version == 2 ? root : "/sys/fs/cgroup/pids";
  state.writable = ::access(state.folder.c_str(), W_OK) == 0;
  return state;
}

}  // namespace kipc
