// The sweep: runs a case's script up to each of its lines, does something to each actor there, and holds what the
// survivors then see against what they are owed. Every point is a case of its own, so what is found can be run again by
// itself.
#pragma once

#include <map>
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
  midway,     // SIGKILL at the nth of its calls inside `concurrently`, at the entry or the exit
  freeze,     // its next call is stopped after the first byte of its copy, then SIGKILL
  error,      // its next call returns an error without being made
};
std::string_view manner_name(Manner manner);

/// One place: before a line of the script, or before a step within one of its blocks; one actor.
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
  std::string replay;        // a case file that does it again: as small as was found
  std::string whole_reason;  // before anything was left out
  std::int64_t more = 0;     // further points of the variant with the same reason
};

struct Exploration {
  std::int64_t points = 0;  // that were run
  /// Points that were not reached: the script did not come there again, or the fault could not be injected. One text
  /// each.
  std::vector<std::string> unreachable;
  std::int64_t with_unruled = 0;  // points where a sleeper had to be killed first, as no rule speaks of its call
  std::map<std::string, std::int64_t> unruled_calls;  // how many sleepers that were, by the call
  std::int64_t owed = 0;                              // lines that hold survivors to something, over all points
  std::string refused;                                // why nothing was explored, or ""
  std::int64_t violated = 0;                          // points
  std::vector<Violation> violations;                  // the first point for each reason
};

/// What is to be explored.
struct Exploring {
  std::vector<Manner> manners;
  std::int64_t one_in = 1;  // of so many points one, chosen by the seed
  std::uint64_t seed = 0;
  bool minimize = true;  // make what is found smaller
};

/// Explores one variant. Takes one or two runs for the fault-free script and one for each point, and a few dozen more
/// for each violation that is made smaller.
Exploration explore(const Case& source, const Variant& variant, const RunOptions& options, const Exploring& what,
                    const Catalogue& catalogue);

}  // namespace kipc
