#include "engine/space.hpp"

#include <unistd.h>

#include <map>
#include <memory>

#include "engine/groups.hpp"

namespace kipc {
namespace {

struct Space {
  SandboxPlan plan;
  pid_t owner = 0;
};
std::map<Isolation, std::unique_ptr<Space>> spaces;

}  // namespace

const SandboxAbility& sandbox_ability() {
  static const SandboxAbility ability = probe_sandbox();
  return ability;
}

Result<const SandboxPlan*> run_space(const RunOptions& options) {
  std::unique_ptr<Space>& space = spaces[options.isolation];
  if (!space) {
    auto plan = plan_sandbox(options.isolation, sandbox_ability());
    if (!plan) {
      return tl::make_unexpected(plan.error());
    }
    space = std::make_unique<Space>(Space{std::move(*plan), ::getpid()});
  }
  return &space->plan;
}

void close_run_space() {
  for (const auto& [wish, space] : spaces)
    if (space && space->owner == ::getpid()) {
      remove_groups_of_run(group_prefix(space->plan.run_directory));
      remove_run_directory(space->plan.run_directory);
    }
  spaces.clear();
}

}  // namespace kipc
