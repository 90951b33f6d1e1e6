// Whether two series of measurements differ, for costs. Never a bare percentage: the difference has to be more than
// chance would make, and large enough to matter.
#pragma once

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

namespace kipc {

/// Mann-Whitney U, which asks nothing of the distribution: latencies are never normal.
struct RankTest {
  double p = 1.0;            // two-sided; normal approximation with correction for ties and continuity
  double superiority = 0.5;  // how often a value of `after` is the larger (ties count half): Vargha and Delaney's A
};
/// Each series needs 8 values at least, or the approximation does not hold: p is 1 then.
RankTest rank_test(const std::vector<double>& before, const std::vector<double>& after);

struct CostThreshold {
  double p = 0.01;
  double superiority = 0.71;  // or 1 - that: a large effect, after Vargha and Delaney
  double ratio = 1.05;        // of the medians, or its inverse
};

enum class CostChange { same, costlier, cheaper };
/// "same", "costlier", "cheaper".
std::string_view name_of(CostChange change);

/// How many entries with a member `change` are of that one.
template <typename Entry>
std::size_t count_changes(const std::vector<Entry>& entries, CostChange change) {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.change == change; }));
}
template <typename Entry>
std::size_t count_regressions(const std::vector<Entry>& entries) {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.regressed(); }));
}
/// The regressions first, then what else is costlier, then what is cheaper.
template <typename Entry>
void put_worst_first(std::vector<Entry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(!a.regressed(), a.change) < std::tuple(!b.regressed(), b.change);
  });
}

/// A difference counts only when all three thresholds are passed.
CostChange compare_costs(const std::vector<double>& before, const std::vector<double>& after,
                         const CostThreshold& threshold = {});

/// Of many comparisons at once some look significant by chance. The largest of these p that counts when at most `share`
/// of what counts may be chance (Benjamini and Hochberg); 0 when none does.
double discovery_level(std::vector<double> p, double share);

/// The middle value, or the mean of the two in the middle; 0 of nothing.
double median_of(std::vector<double> values);

}  // namespace kipc
