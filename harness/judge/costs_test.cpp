#include "judge/costs.hpp"

#include "base/catch.hpp"
#include "judge/replay.hpp"
#include "language/case.hpp"

using namespace kipc;

namespace {

/// A compiled case with a block that measures, and a history in which it cost that.
struct Measured {
  explicit Measured(const std::string& expect, const std::string& per = "10") {
    source = load_case(R"({"id": "pipe.x.y", "title": "T", "asserts": ["x"], "script": [
      {"measure": "round trip", "per": )" +
                           per + R"(, "expect": )" + expect + R"(, "steps": [{"as": "a", "call": "getpid"}]}]})",
                       "self.json");
    program = compile(source, source.variants.front());
    block = &program->script.front();
  }
  void cost(int actor, std::int64_t reads, std::int64_t writes, std::int64_t copies) {
    CostRecord record;
    record.step = block->id;
    record.actor = actor;
    record.costs.calls = {{"read", reads, 0, 0, 0}, {"write", writes, 0, 0, 0}};
    record.costs.total[static_cast<std::size_t>(Figure::syscalls)] = reads + writes;
    record.costs.total[static_cast<std::size_t>(Figure::copies)] = copies;
    history.costs.push_back(record);
  }
  std::string wrong() {
    ReplayEnv env(*program, history);
    return wrong_cost(*block, measured_cost(*block, history, env), env);
  }
  Case source;
  std::unique_ptr<Program> program;
  const Step* block = nullptr;
  History history;
};

}  // namespace

TEST_CASE("costs of all actors are added up, and divided by what was made") {
  Measured block(R"({"syscalls": 4, "copies": "1..2"})");
  block.cost(0, 10, 10, 10);
  block.cost(1, 10, 10, 10);
  CHECK(block.wrong().empty());
  block.cost(1, 1, 0, 0);  // a whole number no more: 4.1 is not 4, though 4 is
  CHECK(block.wrong() == "expected 4 syscalls per round trip, got 4.1 syscalls (read 2.1, write 2)");
}

TEST_CASE("a share between two allowed numbers is allowed") {
  Measured block(R"({"syscalls": "2..3"})");
  block.cost(0, 10, 15, 0);
  CHECK(block.wrong().empty());
  block.cost(0, 10, 0, 0);
  CHECK(block.wrong() == "expected 2..3 syscalls per round trip, got 3.5 syscalls (read 2, write 1.5)");
}

TEST_CASE("system calls by name: each as often as said, and no other") {
  Measured named(R"({"syscalls": {"read": 1, "write": 2}})");
  named.cost(0, 10, 20, 0);
  CHECK(named.wrong().empty());
  Measured other(R"({"syscalls": {"read": 1}})");
  other.cost(0, 10, 20, 0);
  CHECK(other.wrong() == "expected no write per round trip, got 3 syscalls (read 1, write 2)");
  Measured missing(R"({"syscalls": {"close": 1}})");
  CHECK(missing.wrong() == "expected 1 close per round trip, got 0 syscalls");
}

TEST_CASE("what a measure counts is a requirement of the assertions of its block") {
  const Measured block(R"({"copies": 4})");
  REQUIRE(block.program->needs.size() == 1);
  CHECK(block.program->needs[0].kind == "probe");
  CHECK(block.program->needs[0].name == "copies");
  SandboxAbility nothing;
  CHECK(unmet(block.program->needs[0], nothing));
  SandboxAbility counting;
  counting.counted.set(static_cast<std::size_t>(Figure::copies));
  CHECK_FALSE(unmet(block.program->needs[0], counting));
}
