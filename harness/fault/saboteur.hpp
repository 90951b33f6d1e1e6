// Deliberate breakages of guarantees, at the seam where an actor performs a call. Each proves that a case can fail: the
// case must turn to FAIL under its saboteur, at the line that carries the broken promise.
#pragma once

#include <string_view>
#include <vector>

#include "calls/row.hpp"

namespace kipc {

/// Performs a call of `row` in a broken way, or returns false to let it be performed as it is.
using Sabotage = bool (*)(const Row& row, Frame& frame);

struct Saboteur {
  std::string_view name;    // "split-small-writes"
  std::string_view breaks;  // what it breaks, one sentence
  std::string_view call;    // the call it takes part in, or "" for all
  Sabotage perform = nullptr;
};

/// All saboteurs, alphabetical. cases/saboteurs/ says which cases each must turn to FAIL.
const std::vector<Saboteur>& saboteurs();
const Saboteur* find_saboteur(std::string_view name);

}  // namespace kipc
