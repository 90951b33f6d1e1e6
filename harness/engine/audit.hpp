// After a variant: what is left of it? Processes are ended, IPC objects listed; where there is no namespace that dies
// with them, objects are removed by their recorded ids, never by what they look like.
#pragma once

#include <string>
#include <vector>

#include "engine/board.hpp"

namespace kipc {

struct AuditScope {
  bool private_ipc = false;      // everything in the IPC namespace is the variant's
  bool private_pids = false;     // every process but this one is the variant's
  bool private_shm = false;      // /dev/shm is the variant's
  std::string mqueue_directory;  // where its queues are listed; "" when they cannot be
};

/// Actors that are dead and were not reaped by the actor that made them; `id` is the actor's index.
std::vector<Remaining> zombies(const Board& board, const AuditScope& scope);
/// Kills every process of the variant and reaps it. Returns those that were no actors, where they can be told. It comes
/// to an end everywhere: children that can be neither named nor waited for are returned as one of the kind "nameless".
std::vector<Remaining> end_processes(const Board& board, const AuditScope& scope);
/// The IPC objects that exist now that all actors are gone.
std::vector<Remaining> remaining_objects(const Board& board, const AuditScope& scope);
/// Removes what the actors made, by what was recorded. For sandboxes without namespaces.
void sweep(const Board& board);

}  // namespace kipc
