#include "base/median.hpp"

#include <algorithm>
#include <cmath>

namespace kipc {

MedianInterval median_interval(std::vector<double> values, double confidence) {
  MedianInterval result;
  const std::size_t n = values.size();
  if (n == 0) return result;
  std::sort(values.begin(), values.end());
  result.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  result.low = values.front();
  result.high = values.back();
  // The number of values below the true median is binomial(n, 1/2). Between the (k+1)th smallest and the (k+1)th
  // largest value it lies with 1 - 2 P(at most k below).
  double term = std::pow(0.5, static_cast<double>(n));  // P(exactly k below)
  double below = 0;                                     // P(at most k below)
  for (std::size_t k = 0; 2 * k + 1 < n; ++k) {
    below += term;
    const double covers = 1 - 2 * below;
    if (covers < confidence) break;
    result.low = values[k];
    result.high = values[n - 1 - k];
    result.confidence = covers;
    term = term * static_cast<double>(n - k) / static_cast<double>(k + 1);
  }
  return result;
}

MedianInterval median_ratio(const std::vector<double>& of, const std::vector<double>& to, double confidence) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(of.size(), to.size()); ++i)
    if (to[i] > 0) ratios.push_back(of[i] / to[i]);
  return median_interval(std::move(ratios), confidence);
}

}  // namespace kipc
