// The floor of a variant: the same processes, namespaces and mounts, made and reaped with nothing done in them. What a
// variant costs beyond it is kipc's own.
#pragma once

#include "engine/run.hpp"
#include "language/script.hpp"

namespace kipc {

/// Makes and reaps what run_variant() would for this program: its sandbox and its unrelated processes. False when the
/// sandbox could not be made.
bool run_floor(const Program& program, const RunOptions& options);

}  // namespace kipc
