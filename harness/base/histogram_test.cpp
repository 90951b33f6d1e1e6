#include "base/histogram.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("histogram: every value lies in its bucket, and buckets touch") {
  CHECK(Histogram::low_of(0) == 0);
  for (std::size_t i = 0; i + 1 < Histogram::kBuckets; ++i) {
    if (Histogram::high_of(i) + 1 != Histogram::low_of(i + 1)) FAIL("buckets " << i << " and the next do not touch");
    if (Histogram::bucket_of(Histogram::low_of(i)) != i) FAIL("the lowest value of bucket " << i << " lies elsewhere");
    if (Histogram::bucket_of(Histogram::high_of(i)) != i)
      FAIL("the highest value of bucket " << i << " lies elsewhere");
  }
  CHECK(Histogram::high_of(Histogram::kBuckets - 1) == (std::uint64_t{1} << Histogram::kBits) - 1);
  CHECK(Histogram::bucket_of(~std::uint64_t{0}) == Histogram::kBuckets - 1);
}

TEST_CASE("histogram: the middle of a bucket is off by 1/256 of the value at most") {
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    const auto low = static_cast<double>(Histogram::low_of(i));
    const auto high = static_cast<double>(Histogram::high_of(i));
    const double error = (high - low) / 2;
    if (error > low / 256) FAIL("bucket " << i << " from " << low << " to " << high);
  }
  SUCCEED("all buckets");
}

TEST_CASE("histogram: quantiles are those of the sorted values, within the bound") {
  const auto histogram = std::make_unique<Histogram>();
  std::vector<std::uint64_t> values;
  std::uint64_t state = 88172645463325252U;  // xorshift, always the same numbers
  for (int i = 0; i < 20000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    values.push_back(1 + (state % 1000) * (state % 977) * (1 + state % 13));
    histogram->add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * 20000))) - 1;
    const auto exact = static_cast<double>(values[rank]);
    INFO(q << " exact " << exact);
    CHECK(histogram->quantile(q) >= exact * (1 - 1.0 / 128));
    CHECK(histogram->quantile(q) <= exact * (1 + 1.0 / 128));
  }
  CHECK(histogram->min() == values.front());
  CHECK(histogram->max() == values.back());
  CHECK(histogram->quantile(1) == static_cast<double>(values.back()));
}

TEST_CASE("histogram: one value is its every quantile, none is 0") {
  const auto histogram = std::make_unique<Histogram>();
  CHECK(histogram->quantile(0.5) == 0);
  CHECK(histogram->min() == 0);
  CHECK(histogram->share_above(0) == 0);
  histogram->add(1000);
  for (const double q : {0.0, 0.5, 0.999}) CHECK(histogram->quantile(q) == 1000);
}

TEST_CASE("histogram: adding, storing and restoring keep every count") {
  const auto a = std::make_unique<Histogram>();
  const auto b = std::make_unique<Histogram>();
  for (std::uint64_t i = 1; i <= 1000; ++i) (i % 2 == 0 ? a : b)->add(i * 31);
  a->add(*b);
  CHECK(a->count() == 1000);
  CHECK(a->min() == 31);
  CHECK(a->max() == 31000);
  const auto again = std::make_unique<Histogram>();
  REQUIRE(again->restore(a->filled(), a->min(), a->max()));
  CHECK(again->filled() == a->filled());
  CHECK(again->quantile(0.37) == a->quantile(0.37));
  CHECK(a->share_above(15500) > 0.49);
  CHECK(a->share_above(15500) < 0.51);
  CHECK_FALSE(again->restore({{Histogram::kBuckets, 1}}, 0, 0));
}

}  // namespace
}  // namespace kipc
