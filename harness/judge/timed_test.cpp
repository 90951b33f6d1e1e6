// Blocks that are timed, for real: the counts are exact, what goes wrong is said, and no time is judged.
#include "base/catch.hpp"
#include "engine/timing.hpp"
#include "judge/run_for_tests.hpp"
#include "platform/cpus.hpp"

using namespace kipc;

namespace {

const std::string kPipes = R"(
  {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
  {"as": "a", "call": "pipe", "read_end": "r2", "write_end": "w2"},
  {"as": "a", "call": "fork", "child": "b"},)";

std::string round_trip(const std::string& answer, const std::string& came = R"({"return": 4})") {
  return kPipes + R"({"timed": "round trip", "concurrently": [
    {"as": "a", "repeat": 5, "steps": [{"call": "write", "fd": "w", "data": "ping"},
                                       {"call": "read", "fd": "r2", "count": 4, "expect": )" +
         came + R"(}]},
    {"as": "b", "repeat": 5, "steps": [{"call": "read", "fd": "r", "count": 4, "expect": {"return": 4}},
                                       {"call": "write", "fd": "w2", "data": ")" +
         answer + R"("}]}]})";
}

/// As `kipc measure` does it, but short.
Ran time_it(const std::string& script, Timing timing) {
  const std::string text = R"({"id": "self.test.case", "title": "A test of kipc itself",
    "asserts": ["pipe-read.eof-when-no-writer"], "script": [)" +
                           script + "]}";
  const Case source = load_case(text, "self.json");
  RunOptions options;
  options.timing = &timing;
  const auto program = compile(source, source.variants.at(0));
  History history = run_variant(*program, source, source.variants.at(0), options);
  return {judge(*program, history, embedded_catalogue()), std::move(history)};
}

Timing short_timing() {
  Timing timing;
  timing.cpus = {usable_cpus().back()};
  timing.pass_ns = 200'000;
  timing.passes = 7;
  return timing;
}

}  // namespace

TEST_CASE("timed: every round trip is in the histogram, and every pass has its rounds") {
  const auto [verdict, history] = time_it(round_trip("pong"), short_timing());
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  REQUIRE(history.measurements.size() == 1);
  const Measurement& measured = history.measurements[0];
  CHECK_FALSE(measured.one_way);
  REQUIRE(measured.passes.size() == 7);
  REQUIRE(measured.times != nullptr);
  std::int64_t exchanges = 0;
  for (const TimedPass& pass : measured.passes) {
    CHECK(pass.exchanges % (5 * measured.batch) == 0);
    CHECK(pass.typical_ps > 0);
    CHECK(pass.wall_ns > 0);
    CHECK(pass.cpu_ns > 0);
    exchanges += pass.exchanges;
  }
  CHECK(static_cast<std::int64_t>(measured.times->count()) * measured.batch == exchanges);
  CHECK(measured.cpus == std::vector<int>{usable_cpus().back(), usable_cpus().back()});
}

TEST_CASE("timed: on one processor every round trip over pipes takes two switches") {
  const auto [verdict, history] = time_it(round_trip("pong"), short_timing());
  REQUIRE(history.measurements.size() == 1);
  for (const TimedPass& pass : history.measurements[0].passes) {
    INFO(pass.exchanges << " exchanges, " << pass.switches << " switches, " << pass.preemptions << " preemptions");
    // Each sleeps once for each message; who is preempted may find its answer there already.
    CHECK(pass.switches <= 2 * pass.exchanges + 4);
    CHECK(pass.switches + 2 * pass.preemptions + 4 >= 2 * pass.exchanges);
  }
}

TEST_CASE("timed: one way has passes and no histogram") {
  const auto [verdict, history] = time_it(R"(
    {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "a", "call": "fork", "child": "b"},
    {"timed": "one way", "concurrently": [
      {"as": "a", "repeat": 5, "steps": [{"call": "write", "fd": "w", "data": "ping"}]},
      {"as": "b", "repeat": 5, "steps": [{"call": "read_exactly", "fd": "r", "count": 4, "expect": {"return": 4}}]}]})",
                                          short_timing());
  INFO(verdict.reason);
  REQUIRE(history.measurements.size() == 1);
  CHECK(history.measurements[0].one_way);
  CHECK(history.measurements[0].times == nullptr);
  CHECK(history.measurements[0].passes.size() == 7);
}

TEST_CASE("timed: what does not come as expected is a failure that names the call") {
  const auto [verdict, history] = time_it(round_trip("pong!", R"({"return": 5})"), short_timing());
  CHECK(verdict.status == Status::fail);
  INFO(verdict.reason);
  CHECK(verdict.reason.find("expected return 5, got 4") != std::string::npos);
  CHECK(verdict.pointer == "/script/3/concurrently/0/steps/1");
  CHECK(history.measurements.empty());
}

TEST_CASE("timed: a result that changes later is found, not only the first one") {
  // The third writer's message is cut short by what is left: 4 + 4 + 2 bytes come once, then the pipe is empty.
  const auto [verdict, history] = time_it(kPipes + R"({"as": "a", "call": "write", "fd": "w", "data": "0123456789"},
    {"as": "a", "call": "close", "fd": "w"}, {"as": "b", "call": "close", "fd": "w"},
    {"timed": "one way", "concurrently": [
      {"as": "b", "repeat": 5, "steps": [{"call": "read", "fd": "r", "count": 4, "expect": {"return": 4}}]}]})",
                                          short_timing());
  CHECK(verdict.status == Status::fail);
  INFO(verdict.reason);
  CHECK(verdict.reason.find("expected return 4, got 2") != std::string::npos);
  CHECK(verdict.reason.find("round 2") != std::string::npos);
}

TEST_CASE("timed: the same block is checked once by an ordinary run") {
  const auto [verdict, history] = run(round_trip("pong", R"({"return": 4, "data": "pong"})"));
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  CHECK(history.measurements.empty());
  CHECK(verdict.answers.empty());
  const auto [wrong, unused] = run(round_trip("gnop", R"({"return": 4, "data": "pong"})"));
  CHECK(wrong.status == Status::fail);
}
