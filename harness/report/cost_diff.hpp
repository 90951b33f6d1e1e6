// What reports counted (system calls, copies, bytes) that is not what it was. Counts are exact, so there is no
// statistics in it: a run that counts more than any run before costs more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/report.hpp"
#include "report/stats.hpp"

namespace kipc {

/// The least and the most that the runs of a variant counted.
struct CountRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// One figure of one measured block of a variant.
struct CostEntry {
  CostChange change = CostChange::same;
  std::string variant;
  std::string what;  // "round trip"
  std::int64_t per = 1;
  Figure figure = Figure::syscalls;
  CountRange before;  // of all OLDs, in which `per` of them were done
  CountRange after;
  std::string how;     // what counted it, in every report
  std::string excuse;  // why a costlier one is no regression; "" when it is one

  [[nodiscard]] bool regressed() const { return change == CostChange::costlier && excuse.empty(); }
};

struct CostDiff {
  std::vector<CostEntry> entries;  // the regressions first, then what else is costlier, then what is cheaper
  std::size_t same = 0;
  /// Figures that cannot be compared, each with the reason: they were counted by other means, or not in each report.
  std::vector<std::string> not_compared;

  [[nodiscard]] std::size_t count(CostChange change) const;
  [[nodiscard]] std::size_t regressions() const;
};

/// Compares the same blocks of the same cases, where every report counted the figure by the same means. More system
/// calls or copies are a regression where the platforms are `alike`; more bytes are told and accuse nobody.
CostDiff diff_costs(const std::vector<Report>& olds, const Report& after, bool alike);

/// "round trip: 4 -> 5 syscalls".
std::string cost_change_text(const CostEntry& entry);

}  // namespace kipc
