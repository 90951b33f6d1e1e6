// What eBPF does for cases, run for real: costs that are counted and judged, and faults at the nth call. Where the
// kernel lets kipc load nothing, the reason is shown and nothing is tested.
#include <fmt/format.h>

#include "base/catch.hpp"
#include "judge/run_for_tests.hpp"
#include "probe/probe.hpp"
#include "probe/striker.hpp"

using namespace kipc;

namespace {

constexpr int kSlots = 16;

std::unique_ptr<Probe> counting() {
  Provenances figures;
  auto probe = Probe::start(kSlots, figures);
  const Provenance& calls = figures[static_cast<std::size_t>(Figure::syscalls)];
  if (calls.how.empty()) {
    WARN("not counted here: " << calls.missing);
    return nullptr;
  }
  if (!probe->attach(FigureSet().set())) return nullptr;
  return probe;
}

Ran run_counted(Probe& probe, const std::string& script) {
  RunOptions options;
  options.probe = &probe;
  return run_with(script, options);
}

/// What came back of each call, without times.
std::string outcome(const History& history) {
  std::string text;
  for (const Event& event : history.events)
    if (event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed)
      text += fmt::format("{}:{}/{} ", event.step, event.result.ret, event.result.err);
  return text;
}

const std::string kPipe = R"({"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},)";

std::string exchange(const std::string& expect) {
  return kPipe + R"({"as": "a", "call": "fork", "child": "b"},
    {"measure": "message", "expect": )" +
         expect + R"(, "steps": [
      {"as": "b", "call": "read", "fd": "r", "count": 4, "expect": "blocks"},
      {"as": "a", "call": "write", "fd": "w", "data": "1234", "expect": {"return": 4}},
      {"as": "b", "resumes": "read", "expect": {"data": "1234"}}
    ]})";
}

}  // namespace

TEST_CASE("what a block costs is counted, kipc's own doings left out") {
  const auto probe = counting();
  if (probe == nullptr) return;
  const auto [verdict, history] =
      run_counted(*probe, exchange(R"({"syscalls": {"read": 1, "write": 1}, "context_switches": 1})"));
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  REQUIRE(verdict.costs.size() == 1);
  CHECK(verdict.costs[0].what == "message");
  CHECK(verdict.costs[0].costs.of(Figure::syscalls) == 2);
  CHECK(history.measured.size() == 1);
}

TEST_CASE("a cost that is not as expected is a FAIL that says what was made") {
  const auto probe = counting();
  if (probe == nullptr) return;
  const auto [verdict, history] = run_counted(*probe, exchange(R"({"syscalls": 3})"));
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason == "expected 3 syscalls per message, got 2 syscalls (read 1, write 1)");
  const auto split = run_counted(*probe, exchange(R"({"syscalls": {"read": 1}})"));
  CHECK(split.verdict.status == Status::fail);
  CHECK(split.verdict.reason == "expected no write per message, got 2 syscalls (read 1, write 1)");
}

TEST_CASE("loops in concurrently are counted as a whole") {
  const auto probe = counting();
  if (probe == nullptr) return;
  const auto [verdict, history] = run_counted(*probe, kPipe + R"({"as": "a", "call": "fork", "child": "b"},
    {"measure": "record", "per": 50, "expect": {"syscalls": {"read": 1, "write": 1}}, "concurrently": [
      {"as": "a", "repeat": 50, "steps": [{"call": "write", "fd": "w", "data": "1234", "expect": {"return": 4}}]},
      {"as": "b", "repeat": 50, "steps": [{"call": "read", "fd": "r", "count": 4, "expect": {"return": 4}}]}]})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}

TEST_CASE("a signal at the nth call is the same by eBPF and by ptrace") {
  StrikeMeans means;
  const auto striker = Striker::start(kSlots, means);
  if (striker == nullptr) {
    WARN("no faults by eBPF here: " << means.signal.missing);
    return;
  }
  std::string first;
  for (const char* engine : {"bpf-signal", "ptrace"}) {
    RunOptions options;
    options.striker = striker.get();
    const auto [verdict, history] = run_with(
        kPipe + fmt::format(R"({{"as": "a", "call": "sigaction", "signum": "SIGUSR1", "act": {{"sa_handler": "log"}}}},
      {{"fault": "signal", "actor": "a", "call": "write", "signal": "SIGUSR1", "nth": 2, "moment": "exit", "engine": "{}"}},
      {{"as": "a", "call": "write", "fd": "w", "data": "1"}},
      {{"as": "a", "handled": []}},
      {{"as": "a", "call": "write", "fd": "w", "data": "2"}},
      {{"as": "a", "handled": [{{"si_signo": "SIGUSR1"}}]}},
      {{"as": "a", "call": "write", "fd": "w", "data": "3"}},
      {{"as": "a", "call": "read", "fd": "r", "count": 9, "expect": {{"data": "123"}}}})",
                            engine),
        options);
    INFO(engine << ": " << verdict.reason);
    CHECK(verdict.status == Status::pass);
    REQUIRE(history.injections.size() == 1);
    CHECK(history.injections[0].engine == engine);
    CHECK(history.injections[0].struck == 1);
    if (first.empty()) first = outcome(history);
    CHECK(outcome(history) == first);
  }
}

TEST_CASE("killed by eBPF at the exit of its nth call, an actor has done it") {
  StrikeMeans means;
  const auto striker = Striker::start(kSlots, means);
  if (striker == nullptr) return;
  RunOptions options;
  options.striker = striker.get();
  const auto [verdict, history] = run_with(kPipe + R"({"as": "a", "call": "fork", "child": "b"},
    {"fault": "kill", "actor": "b", "call": "write", "nth": 2, "moment": "exit", "engine": "bpf-signal"},
    {"as": "b", "call": "write", "fd": "w", "data": "1"},
    {"as": "b", "call": "write", "fd": "w", "data": "2", "expect": {"dies": "SIGKILL"}},
    {"as": "a", "call": "read", "fd": "r", "count": 9, "expect": {"data": "12"}})",
                                           options);
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  const auto never = run_with(kPipe + R"(
    {"fault": "signal", "actor": "a", "call": "write", "signal": "SIGUSR1", "nth": 9, "engine": "bpf-signal"},
    {"as": "a", "call": "write", "fd": "w", "data": "1"})",
                              options);
  CHECK(never.verdict.status == Status::error);  // it never struck
}

TEST_CASE("an errno of the nth call is the same by eBPF, in either way, and by notification") {
  StrikeMeans means;
  const auto striker = Striker::start(kSlots, means);
  std::vector<const char*> engines = {"seccomp-notify"};
  for (const auto& [name, one] : named(means)) {
    if (name == std::string_view("bpf-signal")) continue;
    if (one->how.empty())
      WARN("no " << name << " here: " << one->missing);
    else
      engines.push_back(name);
  }
  std::string first;
  for (const char* engine : engines) {
    RunOptions options;
    options.striker = striker.get();
    const auto [verdict, history] = run_with(kPipe + fmt::format(R"(
      {{"fault": "errno", "actor": "a", "call": "write", "error": "EDQUOT", "nth": "2..", "engine": "{}"}},
      {{"as": "a", "call": "write", "fd": "w", "data": "1"}},
      {{"as": "a", "call": "write", "fd": "w", "data": "2", "expect": {{"error": "EDQUOT"}}}},
      {{"as": "a", "call": "write", "fd": "w", "data": "3", "expect": {{"error": "EDQUOT"}}}},
      {{"as": "a", "call": "read", "fd": "r", "count": 9, "expect": {{"data": "1"}}}})",
                                                                 engine),
                                             options);
    INFO(engine << ": " << verdict.reason);
    CHECK(verdict.status == Status::pass);
    REQUIRE(history.injections.size() == 1);
    CHECK(history.injections[0].struck == 2);
    if (first.empty()) first = outcome(history);
    CHECK(outcome(history) == first);
  }
}

TEST_CASE("without programs a fault by eBPF is an ERROR, not a quiet pass") {
  const auto [verdict, history] = run(kPipe + R"(
    {"fault": "errno", "actor": "a", "call": "write", "error": "EIO", "engine": "bpf-errno"},
    {"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {"error": "EIO"}})");
  CHECK(verdict.status == Status::error);
  SandboxAbility nothing;
  CHECK(unmet(Requirement{"fault", "bpf-errno", 0, {}}, nothing));
  nothing.loaded_engines = {"bpf-errno"};
  CHECK_FALSE(unmet(Requirement{"fault", "bpf-errno", 0, {}}, nothing));
}
