// For tests: a small measurement with known numbers.
#pragma once

#include "report/measure.hpp"

namespace kipc {

/// Nine starts, each of a pass of 100 exchanges that took `ns` each, within one percent.
inline Measured measured_for_tests(const std::string& mechanism, std::string_view kind, std::int64_t size,
                                   const std::string& placement, std::int64_t ns) {
  Measured one;
  one.case_id = "measure." + mechanism + ".x";
  one.mechanism = mechanism;
  one.kind = kind;
  one.size = size;
  one.placement = placement;
  one.numbers.one_way = kind == kOneWay;
  one.numbers.cpus = placement == "two-cores" ? std::vector<int>{1, 0} : std::vector<int>{1, 1};
  for (std::int64_t i = 0; i < 9; ++i)
    one.numbers.passes.push_back(TimedPass{100, 100 * ns, ns * (996 + i), 90 * ns, 200, i == 0 ? 1 : 0, 0, i});
  if (one.numbers.one_way) return one;
  one.numbers.times = std::make_shared<Histogram>();
  for (int i = 0; i < 900; ++i) one.numbers.times->add(static_cast<std::uint64_t>(i % 100 == 99 ? 5 * ns : ns));
  return one;
}

inline MeasureReport measurement_for_tests() {
  MeasureReport report;
  report.kipc_version = "0.0.0";
  report.started = "2026-01-01T00:00:00Z";
  report.complete = true;
  report.duration_ns = 5'000'000'000;
  report.platform.pipe_buf = 4096;
  report.platform.virtualisation = "KVM";
  report.conditions.clock_ps = 25'000;
  report.conditions.steal_permille = 3;
  report.conditions.others_permille = 12;
  report.conditions.load_percent = 150;
  report.conditions.pipe_capacity = 65536;
  report.conditions.caveats = {"A caveat."};
  report.results = {measured_for_tests("pipe", kRoundTrip, 1, "one-core", 2000),
                    measured_for_tests("pipe", kRoundTrip, 1, "two-cores", 20000),
                    measured_for_tests("pipe", kRoundTrip, 65536, "one-core", 40000),
                    measured_for_tests("pipe", kOneWay, 65536, "one-core", 16000),
                    measured_for_tests("mq", kRoundTrip, 1, "one-core", 5000),
                    measured_for_tests("eventfd", kRoundTrip, 0, "one-core", 1800)};
  Measured refused = measured_for_tests("mq", kRoundTrip, 65536, "one-core", 1);
  refused.numbers = Measurement();
  refused.not_measured = "it is too large";
  report.results.push_back(std::move(refused));
  return report;
}

}  // namespace kipc
