// What survivors are owed when somebody dies, as lines of a case: who comes back, who dies of it, who sleeps on, and
// what the others find. The rules are in fate*.cpp and findings*.cpp.
#pragma once

#include <string>
#include <vector>

#include "explore/fate.hpp"

namespace kipc {

/// A sleeper that has to be killed first, so that what it does is not held against anybody.
struct Unsaid {
  int actor = -1;
  std::string_view call;
  bool unruled =
      true;  // no rule speaks of it; else: it is one of several of whom one comes back, and a line cannot say so
};
std::vector<Unsaid> sleepers_to_kill(const Program& program, const History& history, const Snapshot& snapshot,
                                     const std::set<int>& dead);

/// One death after the other, and what comes of it.
class Aftermath {
 public:
  Aftermath(const Program& program, const History& history, const Snapshot& snapshot);

  /// That actor's process is gone now: who reacts. Every line is JSON.
  std::vector<std::string> died(int actor);
  /// At the end: who sleeps on, and what the others find. `inexact`: see findings().
  std::vector<std::string> rest(const std::string& inexact);

 private:
  template <typename What>
  auto with_circumstances(What&& what) const;
  std::vector<std::string> react();

  const Program& program_;
  const History& history_;
  const Snapshot& snapshot_;
  Reservations script_;
  std::set<int> dead_;
  std::set<int> back_;             // sleepers that came back
  std::set<std::string> awarded_;  // prizes
};

}  // namespace kipc
