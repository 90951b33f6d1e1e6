// The exchanges of cases/measure as a C programmer would write them to time them: two processes, a loop each, one read
// of the clock a round. What kipc measures is held against these.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/histogram.hpp"

namespace kipc::bench {

/// The times of one run, nanoseconds a round trip.
struct HandRun {
  double p50 = 0;
  double p99 = 0;
};

struct HandLoop {
  std::string mechanism;  // as in cases/measure: measure.MECHANISM.round-trip
  std::size_t size = 0;   // of a message; 0: it carries none
  /// Forks, warms up, times about `ns` nanoseconds with the client on `cpus[0]` and the server on the last of them.
  std::function<HandRun(const std::vector<int>& cpus, std::int64_t ns)> run;
};

/// All there are, alphabetical by mechanism.
std::vector<HandLoop> hand_loops();

}  // namespace kipc::bench
