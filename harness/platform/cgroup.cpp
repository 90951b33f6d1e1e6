#include "platform/cgroup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "base/file.hpp"
#include "platform/child.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

const std::string kRoot = "/sys/fs/cgroup";

bool is_mounted(const std::string& folder, decltype(statfs::f_type) type) {
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 && status.f_type == type;
}

bool lists(const std::string& file, std::string_view word) {
  std::istringstream words(read_line(file));
  for (std::string one; words >> one;)
    if (one == word) return true;
  return false;
}

/// Version 2: the folder gives the controller to the groups in it, or is told to.
ErrnoOr<void> hand_down(const std::string& folder, std::string_view controller) {
  const std::string control = folder + "/cgroup.subtree_control";
  if (lists(control, controller)) return {};
  return write_existing(control, fmt::format("+{}", controller));
}

/// Makes a group, limits it, has a process join it, and removes it.
ErrnoOr<void> try_place(const CgroupPlace& place, std::string_view controller) {
  if (place.version == 2)
    if (auto done = hand_down(place.folder, controller); !done) return done;
  const std::string name = fmt::format("kipc-probe-{}", ::getpid());
  const std::string group = place.folder + "/" + name;
  if (auto done = make_cgroup(group); !done) return done;
  auto result = limit_cgroup(place.version, group, controller == "memory" ? "memory.max" : "pids.max",
                             controller == "memory" ? std::int64_t{64} << 20 : 64);
  if (result) {
    const std::string members = group + "/cgroup.procs";
    const int code = exit_code(in_child([&members] {
      const int fd = ::open(members.c_str(), O_WRONLY | O_CLOEXEC);
      return fd >= 0 && ::write(fd, "0", 1) == 1 ? 0 : errno;
    }));
    if (code != 0) result = tl::make_unexpected(Errno{code < 0 ? EIO : code, "joining a control group"});
  }
  remove_cgroups(place.folder, name);
  return result;
}

tl::expected<CgroupPlace, Missing> find_place(std::string_view controller) {
  const std::string what = fmt::format("limits by the {} controller", controller);
  const char* enable = "Run kipc as root of the machine, or in a delegated group (systemd-run -p Delegate=yes).";
  std::string reason = "no control groups with it are mounted in /sys/fs/cgroup";
  for (const CgroupPlace& place : cgroup_candidates(controller)) {
    const auto tried = try_place(place, controller);
    if (tried) return place;
    reason = fmt::format("{}: {}", place.folder, tried.error().text());
  }
  return tl::make_unexpected(Missing{what, reason, enable});
}

std::string file_of(int version, std::string_view limit) {
  return version == 1 && limit == "memory.max" ? "memory.limit_in_bytes" : std::string(limit);
}

}  // namespace

const std::vector<std::string_view>& cgroup_limits() {
  static const std::vector<std::string_view> names = {"memory.max", "pids.max"};
  return names;
}

std::string_view controller_of(std::string_view limit) { return limit.substr(0, limit.find('.')); }

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

std::vector<CgroupPlace> cgroup_candidates(std::string_view controller) {
  std::vector<CgroupPlace> places;
  const auto add = [&](int version, std::string folder) {
    while (folder.ends_with('/')) folder.pop_back();
    const auto same = [&](const CgroupPlace& place) { return place.folder == folder; };
    // In a container the path is that of the host, and the group of the container is mounted at the root.
    if (exists(folder) && std::none_of(places.begin(), places.end(), same)) places.push_back({version, folder});
  };
  const std::string text = read_start("/proc/self/cgroup", 16384);
  const std::string first = fmt::format("{}/{}", kRoot, controller);
  if (is_mounted(first, CGROUP_SUPER_MAGIC)) {
    add(1, first + cgroup_path(text, std::string(controller)));
    add(1, first);
    return places;
  }
  for (const std::string& root : {kRoot, kRoot + "/unified"}) {
    if (!is_mounted(root, CGROUP2_SUPER_MAGIC) || !lists(root + "/cgroup.controllers", controller)) continue;
    // A group with processes hands nothing down, unless it is the root: hence also the one above.
    const std::string own = root + cgroup_path(text, "");
    add(2, own);
    if (own.size() > root.size()) add(2, own.substr(0, own.rfind('/')));
    add(2, root);
  }
  return places;
}

const tl::expected<CgroupPlace, Missing>& cgroup_place(std::string_view controller) {
  static std::map<std::string, tl::expected<CgroupPlace, Missing>, std::less<>> known;
  auto at = known.find(controller);
  if (at == known.end()) at = known.emplace(std::string(controller), find_place(controller)).first;
  return at->second;
}

ErrnoOr<void> make_cgroup(const std::string& group) {
  if (::mkdir(group.c_str(), 0755) != 0) return fail_errno("mkdir");
  return {};
}

ErrnoOr<void> limit_cgroup(int version, const std::string& group, std::string_view limit, std::int64_t value) {
  if (limit == "memory.max")  // absent where nothing is ever swapped
    (void)write_existing(group + (version == 1 ? "/memory.swappiness" : "/memory.swap.max"), "0");
  return write_existing(fmt::format("{}/{}", group, file_of(version, limit)), std::to_string(value));
}

ErrnoOr<void> join_cgroup(const std::string& group) { return write_existing(group + "/cgroup.procs", "0"); }

void remove_cgroups(const std::string& folder, std::string_view prefix) {
  const std::unique_ptr<DIR, int (*)(DIR*)> groups(::opendir(folder.c_str()), ::closedir);
  if (!groups) return;
  while (const dirent* entry = ::readdir(groups.get()))
    if (std::string_view(entry->d_name).starts_with(prefix)) ::rmdir((folder + "/" + entry->d_name).c_str());
}

}  // namespace kipc
