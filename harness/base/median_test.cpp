#include "base/median.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("median: of none, one, two and three") {
  CHECK(median_interval({}).median == 0);
  CHECK(median_interval({7}).median == 7);
  CHECK(median_interval({1, 3}).median == 2);
  CHECK(median_interval({9, 1, 3}).median == 3);
}

TEST_CASE("median: five values are too few for 95 %, six are enough") {
  CHECK(median_interval({1, 2, 3, 4, 5}).confidence == 0);
  const MedianInterval six = median_interval({6, 5, 4, 3, 2, 1});
  CHECK(six.low == 1);
  CHECK(six.high == 6);
  CHECK(six.confidence == Approx(1 - 2.0 / 64));
}

TEST_CASE("median: the interval is the one of the tables") {
  // n = 10: between the 2nd and the 9th, 97.85 %; n = 20: between the 6th and the 15th, 95.86 %.
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) {
    values.push_back(i);
    if (i != 10) continue;
    const MedianInterval ten = median_interval(values);
    CHECK(ten.low == 2);
    CHECK(ten.high == 9);
    CHECK(ten.confidence == Approx(0.9785).margin(0.0001));
  }
  const MedianInterval twenty = median_interval(values);
  CHECK(twenty.low == 6);
  CHECK(twenty.high == 15);
  CHECK(twenty.confidence == Approx(0.9586).margin(0.0001));
  CHECK(twenty.width() == Approx(9 / 10.5));
}

TEST_CASE("median: ratios are taken pair by pair") {
  const MedianInterval ratio = median_ratio({2, 20, 200}, {1, 10, 100});
  CHECK(ratio.median == 2);
  CHECK(ratio.low == 2);
}

}  // namespace
}  // namespace kipc
