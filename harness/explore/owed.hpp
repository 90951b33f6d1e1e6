// What survivors are owed when somebody dies, as lines of a case: the rules of each mechanism.
#pragma once

#include <string>
#include <vector>

#include "explore/world.hpp"

namespace kipc {

/// What is to be asked of the survivors. Every line is JSON.
struct Owed {
  /// Right after the death: who comes back, who dies of it, who sleeps on.
  std::vector<std::string> reactions;
  /// Then: what the survivors find. None of them sleeps in a call that these could wake.
  std::vector<std::string> findings;
};

/// The sleepers of whom no rule says whether they wake: they are killed first, so that what they do is not held against
/// anybody. By actor; their processes count as dead for everything else.
std::vector<int> unruled_sleepers(const Program& program, const History& history, const Snapshot& snapshot,
                                  const std::set<int>& dead);

/// What the survivors are owed once the processes of `dead` are gone. `inexact`: an object that was being written to
/// when its writer died, "" for none: it may hold more than the snapshot says.
Owed owed_to_survivors(const Program& program, const History& history, const Snapshot& snapshot,
                       const std::set<int>& dead, const std::string& inexact);

}  // namespace kipc
