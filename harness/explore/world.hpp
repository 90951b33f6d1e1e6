// Questions to a snapshot: who has what open, and what is left when one of them dies.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

class World {
 public:
  /// `dead`: the actors whose processes are gone.
  World(const Program& program, const History& history, const Snapshot& snapshot, const std::set<int>& dead);

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  /// The living actors without those that died with `dead`.
  [[nodiscard]] std::vector<Snapshot::Living> survivors() const;
  [[nodiscard]] int process_of(int actor) const;
  /// The descriptor that an actor has under a name, or nullptr.
  [[nodiscard]] const Snapshot::Open* find(int actor, const std::string& name) const;
  /// How many of the survivors' descriptors of a pipe can read (write) it.
  [[nodiscard]] int readers(const std::string& object) const;
  [[nodiscard]] int writers(const std::string& object) const;
  /// How many descriptors of that object the survivors have.
  [[nodiscard]] int holders(const std::string& object) const;
  /// The other end of a socket pair, when the script made it with socketpair(); else "".
  [[nodiscard]] std::string peer(const std::string& object) const;
  /// The type of such a pair as the script wrote it: SOCK_STREAM, ...
  [[nodiscard]] std::string pair_type(const std::string& object) const;

 private:
  void find_pairs(const History& history);
  [[nodiscard]] bool lives(int actor) const;

  const Program& program_;
  const History& history_;
  const Snapshot& snapshot_;
  std::set<int> dead_;  // processes
  std::map<std::string, std::string> peers_;
  std::map<std::string, std::string> types_;
};

}  // namespace kipc
