#include "report/measure.hpp"

#include <fmt/format.h>

#include "base/catch.hpp"
#include "report/measure_for_tests.hpp"
#include "report/measure_json.hpp"
#include "report/measure_text.hpp"
#include "report/replaced_for_tests.hpp"

namespace kipc {
namespace {

std::string measure_problem(const std::string& text) {
  try {
    (void)measure_from_json(text, "m.json");
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

TEST_CASE("measure: figures of an exchange") {
  const MeasureReport report = measurement_for_tests();
  const Measured& pipe = report.results[0];
  CHECK(pipe.typical_ns().median == Approx(2000));
  CHECK(pipe.typical_ns().low == Approx(1994));  // the second of nine
  CHECK(pipe.typical_ns().high == Approx(2006));
  CHECK(pipe.exchanges() == 900);
  CHECK(pipe.cpu_ns() == Approx(1800));
  CHECK(pipe.switches() == Approx(2));
  CHECK(pipe.preemptions() == Approx(1.0 / 900));
  CHECK(pipe.messages_per_second() == Approx(1e6));
  CHECK(*pipe.quantile_ns(0.5) == Approx(2000).epsilon(1.0 / 256));
  CHECK(*pipe.quantile_ns(0.999) == Approx(10000).epsilon(1.0 / 256));
  CHECK(pipe.outliers() == Approx(0.01));
  const Measured& one_way = report.results[3];
  CHECK_FALSE(one_way.quantile_ns(0.5).has_value());
  CHECK(one_way.bytes_per_second() == Approx(65536.0 / 16000 * 1e9));
}

TEST_CASE("measure: a sample is the median of a start's passes, or a pass when there was one start") {
  Measured one;
  for (const std::int64_t ns : {10, 30, 20}) one.numbers.passes.push_back({1, ns, ns * 1000, 0, 0, 0, 0});
  CHECK(one.starts() == 1);
  CHECK(one.samples_ns() == std::vector<double>{10, 30, 20});
  Measurement more;
  more.warm_up_ns = 7;
  more.times = std::make_shared<Histogram>();
  more.times->add(40);
  for (const std::int64_t ns : {60, 40, 50}) more.passes.push_back({1, ns, ns * 1000, 0, 0, 0, 0});
  one.add_start(more);
  CHECK(one.starts() == 2);
  CHECK(one.samples_ns() == std::vector<double>{20, 50});
  CHECK(one.noise() == Approx(30.0 / 35));
  CHECK(one.numbers.warm_up_ns == 7);
  CHECK(one.numbers.times->count() == 1);
  one.add_start(more);
  CHECK(one.starts() == 3);
  CHECK(one.numbers.times->count() == 2);
  CHECK(more.times->count() == 1);
}

TEST_CASE("measure: one of version 1 was started once") {
  std::string text = replaced(measure_to_json(measurement_for_tests()), "\"format_version\":2", "\"format_version\":1");
  for (std::int64_t start = 0; start < 9; ++start) {  // what version 1 did not have: the last number of each pass
    const std::string last = fmt::format(",0,{}]", start);
    for (std::size_t at = text.find(last); at != std::string::npos; at = text.find(last))
      text.replace(at, last.size(), ",0]");
  }
  const MeasureReport old = measure_from_json(text, "m.json");
  CHECK(old.results[0].starts() == 1);
  CHECK(old.results[0].samples_ns().size() == 9);
  CHECK(old.results[0].typical_ns().median == measurement_for_tests().results[0].typical_ns().median);
}

TEST_CASE("measure: samples of several round trips are divided") {
  Measured one = measured_for_tests("shm-spin", kRoundTrip, 1, "two-cores", 2000);
  one.numbers.batch = 20;
  CHECK(*one.quantile_ns(0.5) == Approx(100).epsilon(1.0 / 256));
}

TEST_CASE("measure: the nearest size that was measured is found") {
  const MeasureReport report = measurement_for_tests();
  CHECK(report.find("pipe", kRoundTrip, "one-core", 100)->size == 1);
  CHECK(report.find("pipe", kRoundTrip, "one-core", 4096)->size == 65536);
  CHECK(report.find("mq", kRoundTrip, "one-core", 65536)->size == 1);
  CHECK(report.find("mq", kOneWay, "one-core", 1) == nullptr);
}

TEST_CASE("measure: a report comes back as it was written") {
  const std::string text = measure_to_json(measurement_for_tests());
  const MeasureReport back = measure_from_json(text, "m.json");
  CHECK(measure_to_json(back) == text);
  CHECK(back.results[0].numbers.times->count() == 900);
  CHECK(back.results[6].not_measured == "it is too large");
  CHECK(back.conditions.pipe_capacity == 65536);
}

TEST_CASE("measure: costs come back") {
  Measured one = measured_for_tests("pipe", kRoundTrip, 1, "one-core", 2000);
  one.costs.system_calls = 4;
  one.costs.copies = 3.5;
  one.costs.source = "probes";
  const Measured back = measured_from_json(measured_to_json(one), "m.json");
  CHECK(back.costs.system_calls == 4.0);
  CHECK(back.costs.copies == 3.5);
  CHECK_FALSE(back.costs.bytes_copied.has_value());
  CHECK(back.costs.source == "probes");
}

TEST_CASE("measure: what is wrong in a file is said with its place") {
  const std::string text = measure_to_json(measurement_for_tests());
  CHECK(measure_problem("{}").find("expected \"format\"") != std::string::npos);
  CHECK(measure_problem(replaced(text, "kipc-measure", "kipc-report")).find("/format: expected \"kipc-measure\"") !=
        std::string::npos);
  CHECK(
      measure_problem(replaced(text, "\"format_version\":2", "\"format_version\":3")).find("expected version 1 to 2") !=
      std::string::npos);
  CHECK(measure_problem(replaced(text, "\"mechanism\"", "\"mechanics\"")).find("/results/0") != std::string::npos);
  CHECK(measure_problem(replaced(text, "\"sub_bits\":7", "\"sub_bits\":8")).find("sub_bits 7") != std::string::npos);
  CHECK(measure_problem(replaced(text, "\"kind\":\"round trip\"", "\"kind\":\"trip\"")).find("\"one way\"") !=
        std::string::npos);
  CHECK(measure_problem(replaced(text, "\"passes\":[[100,", "\"passes\":[[")).find("a list of 8 integers") !=
        std::string::npos);
}

TEST_CASE("measure: units") {
  CHECK(time_text(0.5) == "0.50 ns");
  CHECK(time_text(120) == "120 ns");
  CHECK(time_text(999.6) == "1.00 µs");
  CHECK(time_text(28'400) == "28.4 µs");
  CHECK(time_text(3.2e9) == "3.20 s");
  CHECK(size_text(1) == "1 B");
  CHECK(size_text(65536) == "64 KiB");
  CHECK(size_text(1 << 20) == "1 MiB");
  CHECK(size_text(1500) == "1500 B");
  CHECK(rate_text(2.91e9) == "2.91 GB/s");
  CHECK(rate_text(0) == "0.00 B/s");
}

TEST_CASE("measure: the tables") {
  const std::string text = measure_text(measurement_for_tests(), Page());
  INFO(text);
  CHECK(text.find("Round trips, one core (cpu 1)\n") == 0);
  CHECK(text.find("  pipe                 1 B   2.00 µs    ±0.3 %") != std::string::npos);
  CHECK(text.find("Round trips, two cores (cpus 1 and 0)") != std::string::npos);
  CHECK(text.find("  pipe              64 KiB 4.10 GB/s    ±0.3 %   16.0 µs") != std::string::npos);
  CHECK(text.find("  mq round trip: it is too large (64 KiB one-core)") != std::string::npos);
  CHECK(text.find("System calls and copies: not measured") != std::string::npos);
  CHECK(text.find("  A caveat.") != std::string::npos);
  CHECK(text.find("The hypervisor took 0.3 %") != std::string::npos);
  CHECK(text.find("1.00 % of round trips take more than three times the median") != std::string::npos);
}

}  // namespace
}  // namespace kipc
