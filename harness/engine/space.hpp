// What all sandboxes of a run share: how they are isolated and where their files go. Decided once, before the workers
// are forked.
#pragma once

#include "engine/sandbox.hpp"

namespace kipc {

/// The plan for these options; probes the machine on first use. The pointer stays valid.
Result<const SandboxPlan*> run_space(const RunOptions& options);
/// What the machine was found able to do.
const SandboxAbility& sandbox_ability();
/// Removes the run directory. Only by the process that made it.
void close_run_space();

}  // namespace kipc
