#include "judge/known.hpp"

#include "base/catch.hpp"
#include "model/node.hpp"

using namespace kipc;

namespace {

const char* kText = R"({"deviations": [{"id": "d", "kernel_at_least": "6.17", "variants": "a.b*", "reason_has": "got 1",
  "why": "counts too much", "clause": "man page"}]})";

Verdict with(Status status, const char* reason) {
  Verdict verdict;
  verdict.status = status;
  verdict.reason = reason;
  return verdict;
}

}  // namespace

TEST_CASE("releases compare by their numbers") {
  CHECK(compare_releases("6.18.44-fc-v669", "6.17") > 0);
  CHECK(compare_releases("6.9", "6.17") < 0);
  CHECK(compare_releases("6.17", "6.17.0") == 0);
  CHECK(compare_releases("5.10.0-46-amd64", "5.10") == 0);
}

TEST_CASE("a known failure is XFAIL, another one stays, one that is gone is XPASS") {
  const auto known = read_deviations(kText, "d.json");
  Verdict same = with(Status::fail, "ioctl: expected 0, got 1");
  apply_deviations(same, "a.b[x=1]", known);
  CHECK(same.status == Status::xfail);
  CHECK(same.reason == "known deviation d: counts too much (ioctl: expected 0, got 1)");
  Verdict other = with(Status::fail, "ioctl: expected 0, got 2");
  apply_deviations(other, "a.b", known);
  CHECK(other.status == Status::fail);
  Verdict elsewhere = with(Status::fail, "expected 0, got 1");
  apply_deviations(elsewhere, "c.d", known);
  CHECK(elsewhere.status == Status::fail);
  Verdict hang = with(Status::fail, "hang: got 1");
  hang.standing.emplace_back("p: asleep");
  apply_deviations(hang, "a.b", known);
  CHECK(hang.status == Status::fail);
  Verdict error = with(Status::error, "got 1");
  apply_deviations(error, "a.b", known);
  CHECK(error.status == Status::error);
  Verdict gone = with(Status::pass, "");
  apply_deviations(gone, "a.b", known);
  CHECK(gone.status == Status::xpass);
}

TEST_CASE("a deviation must say what it is") {
  CHECK_THROWS_AS(read_deviations(R"({"deviations": [{"id": "x"}]})", "d.json"), CaseError);
  CHECK_THROWS_AS(read_deviations(R"({"deviations": [{"id": "x", "reasonhas": "y"}]})", "d.json"), CaseError);
}
