#include "values/wait_status.hpp"

#include <signal.h>
#include <sys/wait.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

std::string_view bytes_of(const int& status) { return {reinterpret_cast<const char*>(&status), sizeof status}; }

}  // namespace

TEST_CASE("a wait status is compared by how the child changed") {
  TestBench bench;
  const Type& type = wait_status_type();
  const int exited = W_EXITCODE(3, 0);
  const int killed = W_EXITCODE(0, SIGKILL);
  const int stopped = W_STOPCODE(SIGSTOP);
  CHECK(bench.mismatch(type, R"({"exited": 3})", bytes_of(exited)).empty());
  CHECK(bench.mismatch(type, R"({"exited": 4})", bytes_of(exited)) == "{exited=3}, not {exited=4}");
  CHECK(bench.mismatch(type, R"({"killed": "SIGKILL"})", bytes_of(killed)).empty());
  CHECK(bench.mismatch(type, R"({"stopped": "SIGSTOP"})", bytes_of(stopped)).empty());
  CHECK_FALSE(bench.mismatch(type, R"({"killed": "SIGSTOP"})", bytes_of(stopped)).empty());
  CHECK(bench.mismatch(type, R"([{"exited": 0}, {"killed": "SIGKILL"}])", bytes_of(killed)).empty());
  CHECK(bench.mismatch(type, R"({"continued": true})", bytes_of(0xFFFF)).empty());
  CHECK(bench.mismatch(type, "768", bytes_of(exited)).empty());
  CHECK(type.print(bytes_of(killed)) == "{killed=SIGKILL}");
}

TEST_CASE("a wait status is bound, or goes nowhere") {
  TestBench bench;
  CHECK(bench.marshal(wait_status_type(), R"("how")").p != nullptr);
  CHECK(bench.marshal(wait_status_type(), R"("null")").p == nullptr);
  CHECK_FALSE(bench.problem(wait_status_type(), R"({"exited": 3})").empty());
}

}  // namespace kipc
