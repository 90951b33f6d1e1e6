#include "report/advice.hpp"

#include <algorithm>

#include "base/catch.hpp"
#include "report/measure_for_tests.hpp"

namespace kipc {
namespace {

std::vector<std::string> order(const AdviceQuestion& question, const MeasureReport& report) {
  std::vector<std::string> names;
  for (const Ranked& one : rank(question, report, embedded_guarantees())) names.push_back(one.guarantees->mechanism);
  return names;
}

TEST_CASE("advice: the faster one first, those without a result last") {
  const MeasureReport report = measurement_for_tests();
  const auto names = order({1, "request-response", "one-core", "", 4}, report);
  REQUIRE(names.size() > 5);
  CHECK(names[0] == "pipe");
  CHECK(names[1] == "mq");
  CHECK(std::find(names.begin(), names.end(), "eventfd") == names.end());  // it carries nothing
  CHECK(order({0, "notification", "one-core", "", 4}, report)[0] == "eventfd");
}

TEST_CASE("advice: a broadcast costs a message for each receiver, where one does not reach all") {
  MeasureReport report = measurement_for_tests();
  report.results.push_back(measured_for_tests("shm-futex", kRoundTrip, 1, "one-core", 6000));
  CHECK(order({1, "broadcast", "one-core", "latency", 2}, report)[0] == "pipe");
  CHECK(order({1, "broadcast", "one-core", "latency", 4}, report)[0] == "shm-futex");
}

TEST_CASE("advice: by throughput and by CPU") {
  MeasureReport report = measurement_for_tests();
  report.results.push_back(measured_for_tests("mq", kOneWay, 65536, "one-core", 12000));
  const auto names = order({65536, "one-way", "one-core", "", 4}, report);
  CHECK(names[0] == "mq");
  CHECK(names[1] == "pipe");
  CHECK(order({65536, "one-way", "one-core", "cpu", 4}, report)[0] == "mq");
}

TEST_CASE("advice: the text says size, figures and guarantees, and what was measured instead") {
  const std::string text = advice_text({32768, "request-response", "one-core", "", 4}, measurement_for_tests(),
                                       embedded_guarantees(), Page());
  INFO(text);
  CHECK(text.find("request-response of 32 KiB, one core (cpu 1), best latency first\n") == 0);
  CHECK(text.find("measured with 64 KiB, the nearest size there is") != std::string::npos);
  CHECK(text.find("boundaries     none, a stream of bytes") != std::string::npos);
  CHECK(text.find("[pipe-write.atomic-le-pipe-buf") != std::string::npos);
  CHECK(text.find("not measured: nothing near that size: 1 B") != std::string::npos);
  CHECK(text.find("not measured: nobody asked for it") != std::string::npos);
}

TEST_CASE("advice: what is wrong in guarantees is said with its place") {
  const auto guarantee_problem = [](const std::string& text) {
    try {
      (void)read_guarantees(text, "g.json");
    } catch (const CaseError& error) {
      return error.problem.text();
    }
    return std::string("no problem");
  };
  CHECK(guarantee_problem(R"({"mechanisms": [{"name": "x"}]})").find("/mechanisms/0: expected \"mechanism\"") !=
        std::string::npos);
  CHECK(guarantee_problem(R"({"mechanisms": [{"mechanism": "x", "name": "x", "patterns": ["unicast"]}]})")
            .find("broadcast, notification") != std::string::npos);
  CHECK(guarantee_problem(R"({"mechanism": []})").find("did you mean 'mechanisms'") != std::string::npos);
}

}  // namespace
}  // namespace kipc
