// Control groups for limits: where groups with a controller can be made, in version 1 or 2, found out by making one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "platform/missing.hpp"

namespace kipc {

/// Below this folder groups can be made that have the controller.
struct CgroupPlace {
  int version = 0;
  std::string folder;
};

/// The limits of a group, by their names in version 2: "memory.max" (bytes), "pids.max" (processes and threads).
const std::vector<std::string_view>& cgroup_limits();
/// "memory" of "memory.max".
std::string_view controller_of(std::string_view limit);

/// The path of a controller's group in the text of /proc/PID/cgroup: "pids" for version 1, "" for version 2.
std::string cgroup_path(const std::string& text, const std::string& controller);
/// Where groups with that controller may be, best first: beside this process, above it, at the root. Not tried.
std::vector<CgroupPlace> cgroup_candidates(std::string_view controller);
/// The first candidate where a group can be made, limited and joined. Tried once (a few hundred microseconds). Where a
/// parent's controller has to be switched on for that (version 2), it stays on.
const tl::expected<CgroupPlace, Missing>& cgroup_place(std::string_view controller);

/// Makes a group. Errors: those of mkdir(2).
ErrnoOr<void> make_cgroup(const std::string& group);
/// Sets a limit of a group. For memory nothing is swapped out, so that what is too much is too much. Errors: those of
/// write(2).
ErrnoOr<void> limit_cgroup(int version, const std::string& group, std::string_view limit, std::int64_t value);
/// Moves the calling process into the group. Errors: those of write(2).
ErrnoOr<void> join_cgroup(const std::string& group);
/// Removes the groups of a folder whose names begin so and that nobody is in.
void remove_cgroups(const std::string& folder, std::string_view prefix);

}  // namespace kipc
