// The sweep: runs a case's script up to each of its lines, does something to each actor there, and holds what the
// survivors then see against what they are owed. Every point is a case of its own, so what is found can be run again by
// itself.
#pragma once

#include <string>
#include <vector>

#include "engine/run.hpp"
#include "judge/verdict.hpp"

namespace kipc {

/// What is done to the actor.
enum class Manner {
  kill,       // SIGKILL
  stop_kill,  // SIGSTOP, then SIGKILL
  terminate,  // SIGTERM
  freeze,     // its next call is stopped after the first byte of its copy, then SIGKILL
  error,      // its next call returns an error without being made
};
std::string_view manner_name(Manner manner);
/// The names, in alphabetical order: "error", "freeze", "kill", "stop", "term".
const std::vector<std::string_view>& manner_names();

/// One place: before a line of the script, one actor.
struct Point {
  int line = 0;       // index in the script; its size: the end
  std::string actor;  // "writer[1]"
  Manner manner = Manner::kill;
  std::string where;  // "before write", "inside read", "at the end"
};

/// A point where the survivors did not see what they are owed.
struct Violation {
  Point point;
  std::string variant;
  std::string reason;  // as the verdict gives it
  std::vector<std::string> history;
  std::string replay;  // a case file that does it again
};

struct Exploration {
  std::int64_t points = 0;  // that were run
  /// Points that were not reached: the script did not come there again, or the fault could not be injected. One text
  /// each.
  std::vector<std::string> unreachable;
  std::int64_t owed = 0;  // lines that hold survivors to something, over all points
  std::string refused;    // why nothing was explored, or ""
  std::vector<Violation> violations;
};

/// Explores one variant. Takes one run for the fault-free script and one for each point.
Exploration explore(const Case& source, const Variant& variant, const RunOptions& options,
                    const std::vector<Manner>& manners, const Catalogue& catalogue);

}  // namespace kipc
