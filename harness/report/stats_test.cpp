#include "report/stats.hpp"

#include <cmath>

#include "base/catch.hpp"

namespace kipc {
namespace {

bool near(double a, double b, double within) { return std::abs(a - b) < within; }

// Round trips of one byte through a pipe, microseconds, as they were measured twice on one machine, and once with the
// processors busy.
const std::vector<double> kQuiet = {5.12, 5.08, 5.31, 5.11, 5.09, 5.44, 5.10, 5.15, 5.07, 5.62, 5.13, 5.09};
const std::vector<double> kQuietAgain = {5.10, 5.14, 5.07, 5.29, 5.12, 5.08, 5.71, 5.11, 5.16, 5.09, 5.38, 5.10};
const std::vector<double> kBusy = {6.92, 7.01, 6.88, 9.40, 6.95, 7.10, 6.90, 7.33, 6.97, 6.91, 7.02, 8.15};

TEST_CASE("stats: Mann-Whitney against worked examples") {
  // Without ties: U = 2 of 64, z = (32 - 2 - 0.5) / sqrt(64 * 17 / 12).
  const RankTest apart = rank_test({1, 2, 3, 4, 5, 6, 7, 9.5}, {8, 9, 10, 11, 12, 13, 14, 15});
  CHECK(near(apart.superiority, 62.0 / 64, 1e-9));
  CHECK(near(apart.p, 0.0019486, 1e-5));
  // All the same value: ties make the variance nothing.
  const RankTest tied = rank_test(std::vector<double>(10, 5.0), std::vector<double>(10, 5.0));
  CHECK(near(tied.superiority, 0.5, 1e-9));
  CHECK(tied.p == 1.0);
}

TEST_CASE("stats: it does not matter which series is the first, but for the direction") {
  const RankTest there = rank_test(kQuiet, kBusy);
  const RankTest back = rank_test(kBusy, kQuiet);
  CHECK(near(there.p, back.p, 1e-12));
  CHECK(near(there.superiority, 1 - back.superiority, 1e-12));
}

TEST_CASE("stats: noise is no change, a cost is") {
  CHECK(compare_costs(kQuiet, kQuietAgain) == CostChange::same);
  CHECK(compare_costs(kQuiet, kBusy) == CostChange::costlier);
  CHECK(compare_costs(kBusy, kQuiet) == CostChange::cheaper);
}

TEST_CASE("stats: a difference that is certain but too small to matter is none") {
  std::vector<double> slightly = kQuiet;
  std::vector<double> steady;
  for (int i = 0; i < 200; ++i) steady.push_back(5.0 + 0.0001 * i);
  slightly.clear();
  for (const double value : steady) slightly.push_back(value * 1.01);
  CHECK(rank_test(steady, slightly).p < 1e-6);
  CHECK(compare_costs(steady, slightly) == CostChange::same);
}

TEST_CASE("stats: of too few values nothing is concluded") {
  CHECK(rank_test({1, 2, 3, 4, 5, 6, 7}, {11, 12, 13, 14, 15, 16, 17}).p == 1.0);
  CHECK(compare_costs({1, 2, 3}, {100, 200, 300}) == CostChange::same);
  CHECK(compare_costs({}, kQuiet) == CostChange::same);
}

TEST_CASE("stats: of many comparisons, what counts is mostly no chance") {
  // The example of Benjamini and Hochberg (1995), 15 comparisons: four count at 0.05, where 0.05 alone makes nine.
  const std::vector<double> p = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  CHECK(discovery_level(p, 0.05) == 0.0095);
  CHECK(discovery_level({0.04, 0.9, 0.8}, 0.05) == 0);
  CHECK(discovery_level({}, 0.05) == 0);
}

TEST_CASE("stats: the median") {
  CHECK(median_of({}) == 0);
  CHECK(median_of({3, 1, 2}) == 2);
  CHECK(median_of({4, 1, 3, 2}) == 2.5);
}

}  // namespace
}  // namespace kipc
