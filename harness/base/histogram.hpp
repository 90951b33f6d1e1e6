// A log-linear histogram: times of very different size in little memory, each with the same relative error. Values
// below 128 have a bucket each; from there every power of two is cut into 128 buckets of equal width, so a bucket is at
// most 1/128 of its values wide and its middle is off by at most 1/256 (0.4 %). After HdrHistogram (Gil Tene), reduced
// to what is needed here.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace kipc {

class Histogram {
 public:
  static constexpr int kSubBits = 7;
  static constexpr std::uint64_t kSub = std::uint64_t{1} << kSubBits;
  /// Values from 2^40 on (18 minutes in nanoseconds) count in the last bucket.
  static constexpr int kBits = 40;
  static constexpr std::size_t kBuckets = static_cast<std::size_t>(kBits - kSubBits + 1) * kSub;

  /// The bucket of a value, from 0 to kBuckets - 1.
  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < kSub) return static_cast<std::size_t>(value);
    if (value >= std::uint64_t{1} << kBits) return kBuckets - 1;
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - kSubBits;
    return static_cast<std::size_t>((static_cast<std::uint64_t>(shift) << kSubBits) + (value >> shift));
  }
  /// The smallest value of a bucket.
  static constexpr std::uint64_t low_of(std::size_t bucket) {
    if (bucket < kSub) return bucket;
    const int shift = static_cast<int>(bucket >> kSubBits) - 1;
    return ((bucket & (kSub - 1)) + kSub) << shift;
  }
  /// The largest value of a bucket.
  static constexpr std::uint64_t high_of(std::size_t bucket) {
    return bucket < kSub ? bucket : low_of(bucket) + (std::uint64_t{1} << ((bucket >> kSubBits) - 1)) - 1;
  }

  void add(std::uint64_t value) {
    ++counts_[bucket_of(value)];
    ++count_;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  /// Adds what another one has counted.
  void add(const Histogram& other);
  void clear() { *this = Histogram(); }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact. 0 when empty.
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// The value of which the share `q` (0 to 1) of all is not greater: the middle of the bucket where it lies, never
  /// outside of min() and max(). 0 when empty.
  [[nodiscard]] double quantile(double q) const;
  /// The share of the values that are greater than the bucket of `value`.
  [[nodiscard]] double share_above(std::uint64_t value) const;

  /// Buckets that have counted something, with their number and count: what is stored.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::uint64_t>> filled() const;
  /// The inverse. False when a bucket does not exist.
  bool restore(const std::vector<std::pair<std::size_t, std::uint64_t>>& filled, std::uint64_t min, std::uint64_t max);

 private:
  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
};

}  // namespace kipc
