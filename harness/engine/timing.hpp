// How blocks that are `timed` are timed: where the actors run, how long, and how sure the result has to be.
#pragma once

#include <cstdint>
#include <vector>

namespace kipc {

/// Where actors run. A round trip between processes on one processor is a matter of switching, between two of waking
/// the other one: several times as slow or as fast. Unpinned it is now the one and now the other.
struct Timing {
  std::vector<int> cpus;  // the nth actor of the block runs on the nth of these, and so on from the first again
  bool pinned = true;     // false: every actor on whichever of these the kernel likes
  std::int64_t pass_ns = 20'000'000;  // how long one pass is to take
  int passes = 3;                     // after the warm-up
  std::int64_t batch = 0;  // round trips that are timed together; 0: as many as a sample needs to be long enough
};

/// What an actor reports of one pass, behind what every block leaves; a Histogram follows it from the actor that takes
/// samples.
struct PassFigures {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t cpu_ns = 0;
  std::int64_t switches = 0;
  std::int64_t preemptions = 0;
  std::int64_t faults = 0;
};

}  // namespace kipc
