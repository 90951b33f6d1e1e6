// What survivors that are idle find, as lines of a case.
#pragma once

#include <string>
#include <vector>

#include "explore/fate.hpp"

namespace kipc {

/// `sleepers`: the survivors that sleep on; none of the lines wakes them. `awake`: those that came back, who are left
/// alone. `inexact`: an object that was being written to when its writer died, "" for none: it may hold more than the
/// snapshot says.
std::vector<std::string> findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers,
                                  const std::set<int>& awake, const std::string& inexact);

/// The survivors that are idle: who may be asked to look.
std::vector<int> idle_survivors(const World& world);
/// The name under which an actor has that object open, or "".
std::string name_for(const World& world, int actor, const std::string& object);

// By mechanism.
std::vector<std::string> lock_findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers);
std::vector<std::string> mutex_findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers,
                                        const std::set<int>& awake);
std::vector<std::string> listener_findings(const Circumstances& now);
std::vector<std::string> object_findings(const Circumstances& now, const std::string& inexact);

}  // namespace kipc
