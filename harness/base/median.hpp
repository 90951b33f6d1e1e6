// The median of a few values and how sure it is: an interval between two of the sorted values, from the binomial
// distribution alone. Nothing is assumed of how the values are distributed, only that they do not depend on each other.
#pragma once

#include <vector>

namespace kipc {

struct MedianInterval {
  double median = 0;
  double low = 0;
  double high = 0;
  /// The probability that the interval holds the true median: at least what was asked for, or 0 when there are too few
  /// values for that (fewer than 6 for 0.95); low and high are then the smallest and the largest.
  double confidence = 0;
  /// (high - low) / median; 0 when the median is 0.
  [[nodiscard]] double width() const { return median > 0 ? (high - low) / median : 0; }
};

/// `confidence` between 0 and 1. All 0 for no values.
MedianInterval median_interval(std::vector<double> values, double confidence = 0.95);

/// The shift between two groups of values that were taken in turn, as the median of the ratios pair by pair.
MedianInterval median_ratio(const std::vector<double>& of, const std::vector<double>& to, double confidence = 0.95);

}  // namespace kipc
