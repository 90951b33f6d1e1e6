#include "base/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace kipc {

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  const std::uint64_t wanted = std::clamp<std::uint64_t>(rank, 1, count_);
  if (wanted == count_) return static_cast<double>(max_);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  for (; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) break;
  }
  const double middle = (static_cast<double>(low_of(bucket)) + static_cast<double>(high_of(bucket))) / 2;
  return std::clamp(middle, static_cast<double>(min_), static_cast<double>(max_));
}

double Histogram::share_above(std::uint64_t value) const {
  if (count_ == 0) return 0;
  std::uint64_t above = 0;
  for (std::size_t i = bucket_of(value) + 1; i < kBuckets; ++i) above += counts_[i];
  return static_cast<double>(above) / static_cast<double>(count_);
}

std::vector<std::pair<std::size_t, std::uint64_t>> Histogram::filled() const {
  std::vector<std::pair<std::size_t, std::uint64_t>> list;
  for (std::size_t i = 0; i < kBuckets; ++i)
    if (counts_[i] != 0) list.emplace_back(i, counts_[i]);
  return list;
}

bool Histogram::restore(const std::vector<std::pair<std::size_t, std::uint64_t>>& filled, std::uint64_t min,
                        std::uint64_t max) {
  clear();
  for (const auto& [bucket, count] : filled) {
    if (bucket >= kBuckets) return false;
    counts_[bucket] += static_cast<std::uint32_t>(count);
    count_ += count;
  }
  if (count_ == 0) return true;
  min_ = min;
  max_ = max;
  return true;
}

}  // namespace kipc
