#include "report/stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kipc {

RankTest rank_test(const std::vector<double>& before, const std::vector<double>& after) {
  constexpr std::size_t kLeast = 8;
  RankTest result;
  if (before.empty() || after.empty()) return result;
  struct Value {
    double value;
    bool after;
  };
  std::vector<Value> all;
  for (const double value : before) all.push_back({value, false});
  for (const double value : after) all.push_back({value, true});
  std::sort(all.begin(), all.end(), [](const Value& a, const Value& b) { return a.value < b.value; });
  double rank_sum = 0;  // of `after`; equal values share the mean of their ranks
  double ties = 0;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    while (end < all.size() && all[end].value == all[i].value) ++end;
    const double rank = static_cast<double>(i + 1 + end) / 2;
    for (std::size_t k = i; k < end; ++k) rank_sum += all[k].after ? rank : 0;
    const auto t = static_cast<double>(end - i);
    ties += t * t * t - t;
    i = end;
  }
  const auto n = static_cast<double>(after.size());
  const auto m = static_cast<double>(before.size());
  const double u = rank_sum - n * (n + 1) / 2;
  result.superiority = u / (n * m);
  if (before.size() < kLeast || after.size() < kLeast) return result;
  const double total = n + m;
  const double variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return result;
  const double distance = std::max(0.0, std::abs(u - n * m / 2) - 0.5);
  result.p = std::erfc(distance / std::sqrt(variance) / std::sqrt(2.0));
  return result;
}

double discovery_level(std::vector<double> p, double share) {
  std::sort(p.begin(), p.end());
  for (std::size_t k = p.size(); k > 0; --k)
    if (p[k - 1] <= share * static_cast<double>(k) / static_cast<double>(p.size())) return p[k - 1];
  return 0;
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string_view name_of(CostChange change) {
  constexpr std::string_view kNames[] = {"same", "costlier", "cheaper"};
  return kNames[static_cast<std::size_t>(change)];
}

CostChange compare_costs(const std::vector<double>& before, const std::vector<double>& after,
                         const CostThreshold& threshold) {
  const RankTest test = rank_test(before, after);
  if (test.p > threshold.p) return CostChange::same;
  const double was = median_of(before);
  const double is = median_of(after);
  if (test.superiority >= threshold.superiority && is >= was * threshold.ratio) return CostChange::costlier;
  if (test.superiority <= 1 - threshold.superiority && was >= is * threshold.ratio) return CostChange::cheaper;
  return CostChange::same;
}

}  // namespace kipc
