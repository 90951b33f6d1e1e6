// What a process has open and mapped, read from outside: through /proc and duplicates of its descriptors, so that
// nothing of it changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "language/snapshot.hpp"

namespace kipc {

/// What the descriptors of a process are; without those below `first`. `ask`: pipes may be asked how much they hold.
std::vector<Snapshot::Open> open_descriptors(int actor, int pid, int first, bool ask);
/// Fills in who is connected to whom among all the sockets of a snapshot.
void connect_sockets(std::vector<Snapshot::Open>& open);
/// The shared mappings of a process.
std::vector<Snapshot::Shared> shared_mappings(int actor, int pid);
/// What a System V object ("msg", "sem" or "shm") holds, see Snapshot::Object; empty when it is gone.
std::vector<std::int64_t> values_of(const std::string& kind, int id);

}  // namespace kipc
