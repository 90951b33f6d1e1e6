#include "report/claims.hpp"

#include "base/catch.hpp"
#include "report/measure_for_tests.hpp"

namespace kipc {
namespace {

using Held = ClaimResult::Verdict;

Claim claim_of(const std::string& members) {
  return read_claims(R"({"claims": [{"id": "x", "says": "S.", )" + members + "}]}", "c.json").front();
}

ClaimResult result_of(const std::string& members) { return hold(claim_of(members), measurement_for_tests()); }

std::string claim_problem(const std::string& members) {
  try {
    (void)claim_of(members);
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

const std::string kOneCore = R"("placements": ["one-core"])";

TEST_CASE("claims: half a round trip of 2 µs is about 1 µs") {
  const std::string time = R"("time": {"mechanism": "pipe", "size": 1}, "half": true, "about": 1000, )";
  const ClaimResult one = result_of(time + kOneCore);
  CHECK(one.verdict == Held::holds);
  CHECK(one.claimed == "about 1.00 µs, so 667 ns to 1.50 µs (half a round trip)");
  REQUIRE(one.evidence.size() == 1);
  CHECK(one.evidence[0] == "one core (cpu 1): 1.00 µs (997 ns to 1.00 µs)");
  const ClaimResult both = result_of(time + R"("placements": ["one-core", "two-cores"])");
  CHECK(both.verdict == Held::fails);
  CHECK(both.evidence.size() == 2);
}

TEST_CASE("claims: bounds on both sides") {
  const std::string time = R"("time": {"mechanism": "pipe", "size": 1}, )" + kOneCore;
  CHECK(result_of(time + R"(, "about": 4000, "within_percent": 200)").verdict == Held::holds);
  CHECK(result_of(time + R"(, "about": 4100, "within_percent": 200)").verdict == Held::fails);
  CHECK(result_of(time + R"(, "about": 990, "within_percent": 200)").verdict == Held::fails);
  CHECK(result_of(time + R"(, "at_most": 2000)").verdict == Held::holds);
  CHECK(result_of(time + R"(, "at_most": 1999)").verdict == Held::fails);
  CHECK(result_of(time + R"(, "at_least": 2001)").verdict == Held::fails);
}

TEST_CASE("claims: ratios and rates") {
  const std::string ratio =
      R"("ratio": {"of": {"mechanism": "mq", "size": 1}, "to": {"mechanism": "pipe", "size": 1}}, )" + kOneCore;
  CHECK(result_of(ratio + R"(, "about": 250, "within_percent": 101)").verdict == Held::holds);
  CHECK(result_of(ratio + R"(, "about": 200, "within_percent": 120)").verdict == Held::fails);
  CHECK(result_of(R"("rate": {"mechanism": "pipe", "size": 65536}, "at_least": 4095, )" + kOneCore).verdict ==
        Held::holds);
  CHECK(result_of(R"("rate": {"mechanism": "pipe", "size": 65536}, "at_least": 4097, )" + kOneCore).verdict ==
        Held::fails);
}

TEST_CASE("claims: constants") {
  CHECK(result_of(R"("constant": "PIPE_BUF", "equals": 4096)").verdict == Held::holds);
  CHECK(result_of(R"("constant": "PIPE_BUF", "equals": 512)").verdict == Held::fails);
  const ClaimResult capacity = result_of(R"("constant": "pipe capacity", "equals": 65536)");
  CHECK(capacity.verdict == Held::holds);
  CHECK(capacity.evidence[0] == "pipe capacity is 65536 bytes");
}

TEST_CASE("claims: what was not measured is not judged") {
  const ClaimResult size = result_of(R"("time": {"mechanism": "pipe", "size": 4096}, "about": 1, )" + kOneCore);
  CHECK(size.verdict == Held::not_measurable);
  CHECK(size.evidence[0] == "one core (cpu 1): pipe round trip of 4 KiB was not measured");
  const ClaimResult refused = result_of(R"("time": {"mechanism": "mq", "size": 65536}, "about": 1, )" + kOneCore);
  CHECK(refused.verdict == Held::not_measurable);
  CHECK(refused.evidence[0] == "one core (cpu 1): mq: it is too large");
  const std::string cost = R"("cost": {"mechanism": "pipe", "size": 1}, "what": "copies", "equals": 4, )" + kOneCore;
  CHECK(result_of(cost).verdict == Held::not_measurable);
  CHECK(result_of(cost).evidence[0] == "one core (cpu 1): nothing here counts copies");
}

TEST_CASE("claims: costs are judged when something counted them") {
  MeasureReport report = measurement_for_tests();
  report.results[0].costs.copies = 4;
  report.results[0].costs.source = "probes";
  const std::string cost = R"("cost": {"mechanism": "pipe", "size": 1}, "what": "copies", )" + kOneCore;
  CHECK(hold(claim_of(cost + R"(, "equals": 4)"), report).verdict == Held::holds);
  CHECK(hold(claim_of(cost + R"(, "equals": 2)"), report).verdict == Held::fails);
  CHECK(hold(claim_of(cost + R"(, "equals": 4)"), report).evidence[0] ==
        "one core (cpu 1): 4.00 copies per round trip (probes)");
}

TEST_CASE("claims: what is wrong is said with its place") {
  const std::string time = R"("time": {"mechanism": "pipe"}, )";
  CHECK(claim_problem(time + kOneCore).find("one of about, equals, at_least, at_most") != std::string::npos);
  CHECK(claim_problem(time + R"("about": 1)").find("\"placements\"") != std::string::npos);
  CHECK(claim_problem(time + R"("about": 1, "placements": ["here"])").find("one-core, two-cores or unpinned") !=
        std::string::npos);
  CHECK(claim_problem(R"("about": 1, )" + kOneCore).find("one of time, rate, ratio, cost, constant") !=
        std::string::npos);
  CHECK(claim_problem(R"("constant": "PIPE_SIZE", "equals": 1)").find("\"PIPE_BUF\"") != std::string::npos);
  CHECK(claim_problem(time + R"("abot": 1, "about": 1, )" + kOneCore).find("did you mean 'about'") !=
        std::string::npos);
  CHECK(claim_problem(time + R"("about": 1, "within_percent": 50, )" + kOneCore).find("100 or more") !=
        std::string::npos);
}

TEST_CASE("claims: those in kipc can be read, and each says something that a measurement could show") {
  CHECK(embedded_claims().size() > 10);
  for (const Claim& claim : embedded_claims()) {
    INFO(claim.id);
    CHECK(claim.says.back() == '.');
    CHECK_FALSE(hold(claim, measurement_for_tests()).evidence.empty());
  }
}

}  // namespace
}  // namespace kipc
