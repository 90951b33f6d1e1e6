// What messages cost in one measurement and in a later one. Times are compared start by start, by a test of ranks: a
// shift counts when it is more than chance, large, and larger than what the starts of both differ by anyway.
#pragma once

#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/measure.hpp"
#include "report/page.hpp"
#include "report/stats.hpp"

namespace kipc {

/// One exchange whose time, or what was counted of it, is not what it was.
struct Shift {
  CostChange change = CostChange::same;
  std::string mechanism;
  std::string kind;
  std::int64_t size = 0;
  std::string placement;  // of a count: "", placements share it
  std::string figure;     // "" for the time; "system calls", "copies", "bytes copied"
  MedianInterval before;  // nanoseconds, of the last OLD; of a count: how many, exactly
  MedianInterval after;   // likewise
  RankTest test;          // of the times, against the last OLD
  double noise = 0;       // the share of the time by which it has to differ at least
  std::string excuse;     // why a costlier one is no regression; "" when it is one
  std::string note;       // what came of measuring again

  [[nodiscard]] bool regressed() const { return change == CostChange::costlier && excuse.empty(); }
};

struct MeasureDiff {
  std::vector<PlatformDifference> differences;  // of the last OLD and NEW
  bool comparable = true;
  std::string before_platform;
  std::string after_platform;
  std::string before_conditions;  // "load average 0.42, 0.1 % stolen"
  std::string after_conditions;
  std::size_t olds = 1;
  std::vector<Shift> shifts;  // the regressions first, then what else is costlier, then what is cheaper
  std::size_t same = 0;
  std::vector<std::string> not_compared;  // sentences

  [[nodiscard]] std::size_t count(CostChange change) const;
  [[nodiscard]] std::size_t regressions() const;
};

/// A report of that platform without runs, for what compares platforms.
Report platform_report(const MeasureReport& measured);

/// With several OLDs only what is shifted, in the same direction, against each of them is: that shows what differs from
/// day to day. Measurements made while the machine was busy accuse nobody.
MeasureDiff diff_measurements(const std::vector<MeasureReport>& olds, const MeasureReport& after);

/// `again`: the regressions, measured again on this machine. One that does not come again is excused.
void confirm(MeasureDiff& diff, const std::vector<MeasureReport>& olds, const MeasureReport& again);

std::string measure_diff_to_terminal(const MeasureDiff& diff, const Page& page, bool verbose);
std::string measure_diff_to_markdown(const MeasureDiff& diff, std::size_t limit = 60'000);
std::string measure_diff_to_json(const MeasureDiff& diff);

}  // namespace kipc
