// Control groups of actors: each has its own, so that what it takes is counted against it alone, and the kernel that
// runs out of it kills nobody else.
#pragma once

#include <string>
#include <vector>

#include "language/script.hpp"
#include "platform/cgroup.hpp"

namespace kipc {

/// The groups of one variant. They are removed with it, when all processes have ended.
class ActorGroups {
 public:
  /// `prefix` begins the names of the groups and is unique on this machine.
  explicit ActorGroups(std::string prefix) : prefix_(std::move(prefix)) {}
  ~ActorGroups() { remove(); }
  ActorGroups(const ActorGroups&) = delete;
  ActorGroups& operator=(const ActorGroups&) = delete;

  /// Makes what the program's actors ask for.
  Result<void> make(const Program& program);
  /// In the actor's process, as long as it has its privileges.
  Result<void> join(int actor) const;
  /// Changes a limit of a living actor.
  Result<void> limit(int actor, std::string_view name, std::int64_t value) const;
  void remove();

 private:
  struct Group {
    int actor;
    std::string controller;
    CgroupPlace place;
    std::string path;
  };
  std::string prefix_;
  std::vector<Group> groups_;
};

/// Removes what a run left that was killed in the midst of a variant.
void remove_groups_of_run(const std::string& run);

/// The beginning of the names of all groups of a run, by its directory.
std::string group_prefix(const std::string& run_directory);

}  // namespace kipc
