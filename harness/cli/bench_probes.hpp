// What counting costs: a pipe round trip of two processes on one core, without probes and with them.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace kipc::cli {

struct ProbePrice {
  std::vector<double> off_ns;     // of one round trip, each the mean of a burst
  std::vector<double> beside_ns;  // probes attached, but these processes are not counted
  std::vector<double> on_ns;      // counted: system calls alone
};

/// `rounds` bursts of each, in turn. Fails with the reason where nothing can be counted.
Result<ProbePrice> price_of_probes(int rounds);

}  // namespace kipc::cli
