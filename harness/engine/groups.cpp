#include "engine/groups.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kipc {

Result<void> ActorGroups::make(const Program& program) {
  for (const ActorProperties& root : program.roots)
    for (int actor = root.base; actor < root.base + root.count; ++actor)
      for (const auto& [name, value] : root.cgroup) {
        const std::string controller(controller_of(name));
        const auto& place = cgroup_place(controller);
        if (!place) return fail(fmt::format("{}: {}", place.error().what, place.error().reason));
        // In version 2 one group has all controllers, in version 1 each has its own hierarchy.
        const std::string path = fmt::format("{}/{}-{}", place->folder, prefix_, actor);
        const auto there = [&](const Group& group) { return group.path == path; };
        if (std::none_of(groups_.begin(), groups_.end(), there))
          if (auto done = make_cgroup(path); !done) return fail(fmt::format("{}: {}", path, done.error().text()));
        groups_.push_back(Group{actor, controller, *place, path});
        if (auto done = limit(actor, name, value); !done) return done;
      }
  return {};
}

Result<void> ActorGroups::join(int actor) const {
  for (const Group& group : groups_)
    if (group.actor == actor)
      if (auto done = join_cgroup(group.path); !done)
        return fail(fmt::format("{}: {}", group.path, done.error().text()));
  return {};
}

Result<void> ActorGroups::limit(int actor, std::string_view name, std::int64_t value) const {
  for (const Group& group : groups_)
    if (group.actor == actor && group.controller == controller_of(name)) {
      if (auto done = limit_cgroup(group.place.version, group.path, name, value); !done)
        return fail(fmt::format("{} = {}: {}", name, value, done.error().text()));
      return {};
    }
  return fail(fmt::format("the actor has no group with {}", name));
}

void ActorGroups::remove() {
  for (const Group& group : groups_) remove_cgroups(group.place.folder, fmt::format("{}-{}", prefix_, group.actor));
  groups_.clear();
}

std::string group_prefix(const std::string& run_directory) {
  return run_directory.substr(run_directory.rfind('/') + 1);
}

void remove_groups_of_run(const std::string& run) {
  for (const std::string_view limit : cgroup_limits())
    for (const CgroupPlace& place : cgroup_candidates(controller_of(limit))) remove_cgroups(place.folder, run + "-");
}

}  // namespace kipc
