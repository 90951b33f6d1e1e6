// Makes a violation smaller: leaves out lines and actors as long as the rules still owe the survivors what they did not
// get, and they still do not get it.
#pragma once

#include "explore/trial.hpp"

namespace kipc {

/// `violation` gets the smallest case that was found, with its reason and history. Ends by itself: after each round
/// something is gone, or it was the last.
void minimize(const Trials& trials, const ReplayMaker& maker, const Replay& replay, const Trial& found,
              Violation& violation);

}  // namespace kipc
