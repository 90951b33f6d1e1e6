// Questions to a snapshot: who has what open, and what is left when some of them die.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "language/history.hpp"
#include "language/script.hpp"
#include "language/snapshot.hpp"

namespace kipc {

/// A place in shared memory, the same for all who have it mapped.
struct MemoryPlace {
  std::string object;
  std::uint64_t offset = 0;
};
inline bool operator<(const MemoryPlace& a, const MemoryPlace& b) {
  return a.object != b.object ? a.object < b.object : a.offset < b.offset;
}

class World {
 public:
  /// `dead`: the actors whose processes are gone.
  World(const Program& program, const History& history, const Snapshot& snapshot, const std::set<int>& dead);

  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  /// The living actors without those that died with `dead`.
  [[nodiscard]] std::vector<Snapshot::Living> survivors() const;
  [[nodiscard]] int process_of(int actor) const;
  /// True when the actor's process lives on.
  [[nodiscard]] bool lives(int actor) const;
  /// The processes that are gone, by the actor that is the process.
  [[nodiscard]] const std::set<int>& dead() const { return dead_; }
  [[nodiscard]] std::string name_of(int actor) const { return program_.actor_name(actor); }

  /// The descriptor that an actor has under a name, or nullptr.
  [[nodiscard]] const Snapshot::Open* find(int actor, const std::string& name) const;
  /// Those under a name, a number or "r[*]"; nothing when one of them is not known.
  [[nodiscard]] std::optional<std::vector<const Snapshot::Open*>> find_all(int actor, const Node& name) const;
  /// How many of the survivors' descriptors of a pipe can read (write) it.
  [[nodiscard]] int readers(const std::string& object) const;
  [[nodiscard]] int writers(const std::string& object) const;
  /// How many descriptors of that object the survivors have.
  [[nodiscard]] int holders(const std::string& object) const;
  /// True when somebody had it before and nobody has now.
  [[nodiscard]] bool is_gone(const std::string& object) const;
  /// Any descriptor of that object, a survivor's or not; nullptr when nobody has one.
  [[nodiscard]] const Snapshot::Open* any(const std::string& object) const;

  /// The other end of a connected socket, or ""; for one whose connection nobody accepted yet, the listener.
  [[nodiscard]] std::string peer(const Snapshot::Open& socket) const;
  /// What lies at that address of an actor's process; nothing when it is not shared.
  [[nodiscard]] std::optional<MemoryPlace> place(int actor, std::uint64_t address) const;

 private:
  void find_pairs();

  const Program& program_;
  const History& history_;
  const Snapshot& snapshot_;
  std::set<int> dead_;
  std::map<std::string, std::string> pairs_;  // made by socketpair(), where the kernel does not tell
};

/// The place in shared memory as a snapshot has it.
std::optional<MemoryPlace> place_in(const Snapshot& snapshot, int process, std::uint64_t address);

}  // namespace kipc
