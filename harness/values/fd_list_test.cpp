#include "values/fd_list.hpp"

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

/// Binds `name` (or an element of an array) to that number, as a call would.
std::vector<int> list(TestBench& bench, const char* json, FdWords words = FdWords::handles_only) {
  const Node node = parse_node(json, "test.json");
  return eval_fd_list(compile_fd_list(node, bench.scope, words), bench.env);
}

std::string_view bytes(const std::vector<int>& fds) {
  return {reinterpret_cast<const char*>(fds.data()), fds.size() * sizeof(int)};
}

}  // namespace

TEST_CASE("a list of descriptors names them one by one, all of an array, or so many times") {
  TestBench bench;
  bind_fd(bench, "w", 7);
  bind_fd(bench, "r[0]", 3);
  bind_fd(bench, "r[2]", 5);
  CHECK(list(bench, R"(["w", -1, {"times": 2, "of": "r[2]"}])") == std::vector<int>{7, -1, 5, 5});
  CHECK(list(bench, R"(["r[*]"])") == std::vector<int>{3, 5});
  CHECK(list(bench, R"(["w", "2 * 3"])", FdWords::or_expressions) == std::vector<int>{7, 6});
}

TEST_CASE("a misspelt descriptor is told, with a suggestion") {
  TestBench bench;
  bind_fd(bench, "write_end", 7);
  const std::string problem = bench.problem(fd_set_type(), R"(["write_edn"])");
  CHECK(problem.find("did you mean 'write_end'") != std::string::npos);
  CHECK(bench.problem(fd_set_type(), R"([{"times": 2}])").find("a descriptor") != std::string::npos);
  CHECK(bench.problem(fd_set_type(), "3").find("a list of descriptors") != std::string::npos);
}

TEST_CASE("an fd_set holds its descriptors, and is compared exactly") {
  TestBench bench;
  bind_fd(bench, "r", 3);
  bind_fd(bench, "w", 1030);
  const Slot slot = bench.marshal(fd_set_type(), R"(["r", "w"])");
  CHECK(slot.i == 1030);
  CHECK(fd_is_set(slot.p, 3));
  CHECK(fd_is_set(slot.p, 1030));
  CHECK_FALSE(fd_is_set(slot.p, 4));
  CHECK(bench.marshal(fd_set_type(), R"("null")").p == nullptr);
  CHECK(bench.mismatch(fd_set_type(), R"(["w", "r"])", bytes({3, 1030})).empty());
  CHECK(bench.mismatch(fd_set_type(), R"(["r"])", bytes({3, 1030})) == "{3, 1030}, not {3}");
  CHECK(bench.mismatch(fd_set_type(), "[]", bytes({})).empty());
  CHECK(fd_set_type().print(bytes({3, 1030})) == "{3, 1030}");
  CHECK_THROWS_AS(bench.marshal(fd_set_type(), "[-1]"), EvalError);
}

}  // namespace kipc
