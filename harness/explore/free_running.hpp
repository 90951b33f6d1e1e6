// Points within `concurrently`: an actor is killed by an armed fault as it enters or leaves the nth of its calls, while
// the others run freely. They may see errors that a death excuses; the case's checkers judge what was transferred.
#pragma once

#include <vector>

#include "explore/replay.hpp"

namespace kipc {

/// The points of the `concurrently` that is the snapshot's next line; none where it is something else, or where a block
/// waits in a loop of its own for what another does in memory.
std::vector<Replay> free_running_points(const Case& source, const Program& program, const ScriptLines& script,
                                        const Snapshot& snapshot);

/// At a standstill: the first sleeper that a rule wakes, as words; "" when all wait rightly for what nobody will do.
std::string who_should_be_awake(const Program& program, const History& history);

}  // namespace kipc
