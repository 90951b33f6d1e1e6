#include "values/sem_types.hpp"

#include <sys/sem.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

std::string_view bytes_of(const std::vector<unsigned short>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]};
}

}  // namespace

TEST_CASE("semaphore operations are read one by one, or repeated") {
  TestBench bench;
  const Slot slot = bench.marshal(
      sembuf_list_type(),
      R"([{"sem_num": 1, "sem_op": -2, "sem_flg": ["SEM_UNDO", "IPC_NOWAIT"]}, {"times": 3, "of": {"sem_op": 1}}])");
  REQUIRE(slot.n == 4);
  const auto* ops = slot.as<sembuf>();
  CHECK(ops[0].sem_num == 1);
  CHECK(ops[0].sem_op == -2);
  CHECK(ops[0].sem_flg == (SEM_UNDO | IPC_NOWAIT));
  CHECK(ops[3].sem_num == 0);
  CHECK(ops[3].sem_op == 1);
  CHECK(ops[3].sem_flg == 0);
  CHECK(bench.marshal(sembuf_list_type(), R"("null")").p == nullptr);
  CHECK(bench.marshal(sembuf_list_type(), "[]").n == 0);
  CHECK_THROWS_AS(bench.marshal(sembuf_list_type(), R"([{"sem_op": 40000}])"), EvalError);
  CHECK(bench.problem(sembuf_list_type(), R"([{"sem_opp": 1}])").find("did you mean 'sem_op'") != std::string::npos);
}

TEST_CASE("semaphore values are compared one by one") {
  TestBench bench;
  const Slot slot = bench.marshal(semaphore_values_type(), R"([5, {"times": 2, "of": 7}])");
  REQUIRE(slot.n == 3);
  CHECK(slot.as<unsigned short>()[0] == 5);
  CHECK(slot.as<unsigned short>()[2] == 7);

  const std::vector<unsigned short> actual = {1, 0, 32767};
  CHECK(bench.mismatch(semaphore_values_type(), R"([1, 0, "> 5"])", bytes_of(actual)).empty());
  CHECK(bench.mismatch(semaphore_values_type(), "[1, 2, 32767]", bytes_of(actual)) == "[1] is 0, not 2");
  CHECK(bench.mismatch(semaphore_values_type(), "[1]", bytes_of(actual)) == "3 values, not 1");
  CHECK(semaphore_values_type().print(bytes_of(actual)) == "[1, 0, 32767]");
}

}  // namespace kipc
