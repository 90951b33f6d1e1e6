// Objects that exist although the history says they must be gone, or that no line of it made.
#pragma once

#include <string>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

/// "" when everything that is left is accounted for: it was made by a line of the case and persists by design.
std::string find_leak(const Program& program, const History& history);

}  // namespace kipc
