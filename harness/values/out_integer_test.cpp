#include "values/out_integer.hpp"

#include "base/catch.hpp"
#include "values/duration.hpp"
#include "values/test_env.hpp"

namespace kipc {

TEST_CASE("an out integer is stored where the case says, and bound") {
  TestBench bench;
  CHECK(bench.marshal(out_integer_type(), R"("null")").p == nullptr);
  CHECK(bench.marshal(out_integer_type(), R"("unmapped")").p == bench.buffers[1].guard());
  bench.frame.slots[0] = bench.marshal(out_integer_type(), R"("prio")");
  unsigned* place = out_place<unsigned>(bench.frame, 0);
  REQUIRE(place != nullptr);
  *place = 9;
  report_integer(bench.frame, 0, place);
  REQUIRE(bench.frame.result.bindings.size() == 1);
  CHECK(bench.frame.result.bindings[0].value == 9);
  REQUIRE(bench.frame.result.out(0) != nullptr);
  CHECK(bench.mismatch(out_integer_type(), "9", bench.frame.result.out(0)->bytes).empty());
  CHECK(bench.mismatch(out_integer_type(), R"("> 9")", bench.frame.result.out(0)->bytes) == "9, not > 9");
  CHECK(bench.problem(out_integer_type(), "3").find("belongs in \"expect\"") != std::string::npos);
}

TEST_CASE("a duration is nanoseconds") {
  TestBench bench;
  CHECK(bench.marshal(duration_type(), R"("20ms")").i == 20'000'000);
  CHECK(bench.marshal(duration_type(), R"("-1s")").i == -1'000'000'000);
  CHECK(bench.problem(duration_type(), R"("20")").find("a duration") != std::string::npos);
}

}  // namespace kipc
