#include "report/measure_diff.hpp"

#include <nlohmann/json.hpp>

#include "base/catch.hpp"
#include "report/measure_for_tests.hpp"

namespace kipc {
namespace {

/// A measurement at rest of a round trip through a pipe that took these nanoseconds, one pass in each start.
MeasureReport starts(const std::vector<std::int64_t>& ns) {
  MeasureReport report = measurement_for_tests();
  report.conditions.others_permille = 0;
  report.conditions.steal_permille = 0;
  report.platform.cpus_online = 4;
  report.results = {measured_for_tests("pipe", kRoundTrip, 1, "one-core", 2000)};
  report.results[0].numbers.passes.clear();
  for (const std::int64_t one : ns) {
    Measurement start;
    start.passes.push_back({100, 100 * one, one * 1000, 0, 0, 0, 0});
    report.results[0].add_start(start);
  }
  return report;
}

// Round trips of one byte through a pipe: a machine at rest, again, and with other programs beside it.
const std::vector<std::int64_t> kRest = {5120, 5080, 5310, 5110, 5090, 5440, 5100, 5150, 5070, 5620, 5130, 5090};
const std::vector<std::int64_t> kRestAgain = {5100, 5140, 5070, 5290, 5120, 5080, 5710, 5110, 5160, 5090, 5380, 5100};
const std::vector<std::int64_t> kBeside = {6920, 7010, 6880, 7400, 6950, 7100, 6900, 7330, 6970, 6910, 7020, 7150};

CostChange change_of(const std::vector<MeasureReport>& olds, const MeasureReport& after) {
  const MeasureDiff diff = diff_measurements(olds, after);
  return diff.shifts.empty() ? CostChange::same : diff.shifts[0].change;
}

std::vector<std::int64_t> times(std::vector<std::int64_t> values, std::int64_t percent) {
  for (std::int64_t& value : values) value = value * percent / 100;
  return values;
}

TEST_CASE("measure diff: noise is no shift, what is larger than it is") {
  CHECK(change_of({starts(kRest)}, starts(kRestAgain)) == CostChange::same);
  CHECK(change_of({starts(kRest)}, starts(kBeside)) == CostChange::costlier);
  CHECK(change_of({starts(kBeside)}, starts(kRest)) == CostChange::cheaper);
  CHECK(diff_measurements({starts(kRest)}, starts(kBeside)).regressions() == 1);
  CHECK(diff_measurements({starts(kBeside)}, starts(kRest)).regressions() == 0);
}

TEST_CASE("measure diff: certain is not enough, it has to be more than the starts differ by anyway") {
  const std::vector<std::int64_t> steady(12, 5000);
  CHECK(change_of({starts(steady)}, starts(times(steady, 104))) == CostChange::same);
  CHECK(change_of({starts(steady)}, starts(times(steady, 106))) == CostChange::costlier);
  // The middle half lies 9 % apart: nearly every start is 15 % slower, and it is still too little.
  std::vector<std::int64_t> wide;
  for (std::int64_t ns = 5000; ns <= 6100; ns += 100) wide.push_back(ns);
  const Measured before = starts(wide).results[0];
  CHECK(before.noise() == Approx(500.0 / 5550));
  CHECK(rank_test(before.samples_ns(), starts(times(wide, 115)).results[0].samples_ns()).superiority > 0.9);
  CHECK(change_of({starts(wide)}, starts(times(wide, 115))) == CostChange::same);
  CHECK(change_of({starts(wide)}, starts(times(wide, 120))) == CostChange::costlier);
}

TEST_CASE("measure diff: of too few starts nothing is concluded, and that is said") {
  const MeasureDiff diff = diff_measurements({starts({1, 2, 3})}, starts({100, 200, 300}));
  CHECK(diff.shifts.empty());
  CHECK(diff.same == 0);
  CHECK(diff.not_compared == std::vector<std::string>{"1 of fewer than 8 starts: measure longer"});
}

TEST_CASE("measure diff: passes of one start are no samples, for all of them share what differs from start to start") {
  MeasureReport fast = starts(std::vector<std::int64_t>(12, 5000));
  MeasureReport slow = starts(std::vector<std::int64_t>(12, 7000));
  CHECK(change_of({fast}, slow) == CostChange::costlier);
  for (TimedPass& pass : slow.results[0].numbers.passes) pass.start = 0;
  CHECK(diff_measurements({fast}, slow).shifts.empty());
  CHECK(diff_measurements({fast}, slow).same == 0);
}

TEST_CASE("measure diff: several OLDs show what differs from day to day") {
  CHECK(change_of({starts(kRest), starts(kBeside)}, starts(kBeside)) == CostChange::same);
  CHECK(change_of({starts(kRest), starts(kRestAgain)}, starts(kBeside)) == CostChange::costlier);
  CHECK(diff_measurements({starts(kRest), starts(kRestAgain)}, starts(kBeside)).olds == 2);
}

TEST_CASE("measure diff: a busy machine and an unlike platform accuse nobody") {
  const auto excuse = [](void (*change)(MeasureReport&)) {
    MeasureReport old = starts(kRest);
    change(old);
    const MeasureDiff diff = diff_measurements({old}, starts(kBeside));
    REQUIRE(diff.shifts.size() == 1);
    CHECK(diff.regressions() == (diff.shifts[0].excuse.empty() ? 1U : 0U));
    return diff.shifts[0].excuse;
  };
  CHECK(excuse([](MeasureReport& old) { old.conditions.others_permille = 50; }).empty());
  CHECK(excuse([](MeasureReport& old) { old.conditions.others_permille = 51; }) ==
        "OLD was measured while other programs took 5.1 % of the processors' time");
  CHECK(excuse([](MeasureReport& old) { old.conditions.steal_permille = 11; }) ==
        "OLD was measured while the hypervisor took 1.1 % of the time");
  CHECK(excuse([](MeasureReport& old) { old.platform.machine = "aarch64"; }) == "the platforms are not alike");
}

TEST_CASE("measure diff: what every exchange costs alike is compared as a count") {
  const auto counted = [](double calls, double bytes, const char* source) {
    MeasureReport report = starts(kRest);
    report.results[0].costs = {calls, std::nullopt, bytes, source};
    return report;
  };
  const MeasureDiff more = diff_measurements({counted(4, 2, "a")}, counted(5, 3, "a"));
  CHECK(more.regressions() == 1);
  REQUIRE(more.shifts.size() == 2);
  CHECK(more.shifts[0].figure == "system calls");
  CHECK(more.shifts[1].excuse == "bytes alone accuse nobody");
  CHECK(change_of({counted(4, 2, "a")}, counted(3, 2, "a")) == CostChange::cheaper);
  CHECK(change_of({counted(4, 2, "a")}, counted(5, 2, "b")) == CostChange::same);
  const MeasureDiff varying = diff_measurements({counted(4, 2, "a")}, counted(4.5, 2, "a"));
  CHECK(varying.shifts.empty());
  CHECK(varying.not_compared == std::vector<std::string>{"1 counted cost that differ from one exchange to the next"});
}

TEST_CASE("measure diff: measured again, a suspect is confirmed or let go") {
  const std::vector<MeasureReport> olds = {starts(kRest)};
  MeasureDiff diff = diff_measurements(olds, starts(kBeside));
  MeasureDiff let_go = diff;
  MeasureDiff unknown = diff;
  confirm(diff, olds, starts(kBeside));
  CHECK(diff.regressions() == 1);
  CHECK(diff.shifts[0].note == "measured again here: 6.99 µs");
  confirm(let_go, olds, starts(kRestAgain));
  CHECK(let_go.regressions() == 0);
  CHECK(let_go.shifts[0].excuse == "it did not come again");
  MeasureReport nothing = starts(kRest);
  nothing.results.clear();
  confirm(unknown, olds, nothing);
  CHECK(unknown.regressions() == 1);
}

TEST_CASE("measure diff: terminal, Markdown and JSON say the same") {
  const MeasureDiff diff = diff_measurements({starts(kRest)}, starts(kBeside));
  const std::string text = measure_diff_to_terminal(diff, {}, false);
  INFO(text);
  CHECK(text.find("\n1 costlier: costs more than before\n  pipe round trip of 1 B, one-core: 5.12 µs (5.09 µs to 5.31 "
                  "µs) -> 6.99 µs (6.91 µs to 7.15 µs)\n") != std::string::npos);
  CHECK(text.find("\n1 regressed, 1 costlier; 0 times the same\n") != std::string::npos);
  CHECK(measure_diff_to_markdown(diff).find("| pipe round trip of 1 B, one-core | 5.12 µs") != std::string::npos);
  const nlohmann::json json = nlohmann::json::parse(measure_diff_to_json(diff));
  CHECK(json.at("counts").at("regressed") == 1);
  CHECK(json.at("shifts").at(0).at("regression") == true);
  CHECK(json.at("shifts").at(0).at("p").get<double>() < 0.001);
  MeasureDiff many = diff;
  many.shifts.resize(2000, diff.shifts[0]);
  CHECK(measure_diff_to_markdown(many, 10'000).size() < 10'000);
}

}  // namespace
}  // namespace kipc
