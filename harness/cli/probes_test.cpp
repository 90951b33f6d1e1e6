#include "cli/probes.hpp"

#include "base/catch.hpp"

using namespace kipc;
using namespace kipc::cli;

TEST_CASE("a cost that was counted too low is no FAIL; all else stays what it is") {
  VariantReport failed;
  failed.verdict.status = Status::fail;
  failed.verdict.reason = "expected 4 syscalls per round trip, got 3";
  failed.verdict.costs.emplace_back();
  failed.verdict.assertions = {{"a.b", AssertionOutcome::What::failed, ""}};

  VariantReport exact = failed;
  doubt(exact, 0);
  CHECK(exact.verdict.status == Status::fail);

  VariantReport doubted = failed;
  doubt(doubted, 3);
  CHECK(doubted.verdict.status == Status::miss);
  CHECK(doubted.verdict.reason.find("left out 3 runs") != std::string::npos);
  CHECK(doubted.verdict.assertions[0].what == AssertionOutcome::What::not_reached);
  CHECK_FALSE(doubted.enable.empty());

  VariantReport passed = failed;
  passed.verdict.status = Status::pass;
  doubt(passed, 3);
  CHECK(passed.verdict.status == Status::pass);

  VariantReport other = failed;
  other.verdict.costs.clear();
  doubt(other, 3);
  CHECK(other.verdict.status == Status::fail);
}
