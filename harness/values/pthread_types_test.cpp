#include "values/pthread_types.hpp"

#include <pthread.h>
#include <time.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

/// A bench on which "mem" is bound to an address, with a layout.
class MemoryBench : public TestBench {
 public:
  MemoryBench() {
    const NameRef ref = scope.bind(Node::string("mem"), "mem", NameKind::address);
    std::string reason;
    for (const char* declaration :
         {"u32 word", "pthread_mutex_t m", "pthread_mutex_t many[2]", "pthread_mutexattr_t a"})
      add_declaration(scope.names.back().layout, declaration, reason);
    env.cell(CellScope::process, -1, ref.cell) = Cell{0x10000, 1, 0};
  }
};

}  // namespace

TEST_CASE("a mutex lies where the layout has one") {
  MemoryBench bench;
  const std::int64_t first = bench.marshal(mutex_type(), R"("mem.m")").i;
  CHECK(first > 0x10000);
  CHECK(bench.marshal(mutex_type(), R"("mem.many[1]")").i ==
        first + 2 * static_cast<std::int64_t>(sizeof(pthread_mutex_t)));
  CHECK(bench.problem(mutex_type(), R"("mem.word")").find("a place of a pthread_mutex_t") != std::string::npos);
  CHECK(bench.problem(mutex_type(), R"("mem.word")").find("'mem.word', a u32") != std::string::npos);
  CHECK(bench.problem(mutex_type(), R"("mem + 64")").find("an address without a type") != std::string::npos);
  CHECK_FALSE(bench.problem(mutex_type(), "3").empty());
}

TEST_CASE("attributes are a record or a place") {
  MemoryBench bench;
  const Slot slot = bench.marshal(mutex_attributes_type(),
                                  R"({"pshared": true, "robust": false, "type": "PTHREAD_MUTEX_ERRORCHECK"})");
  REQUIRE(slot.n == sizeof(AttributeValues));
  const auto& values = *slot.as<AttributeValues>();
  CHECK(values.given[0]);
  CHECK(values.value[0] == 1);
  CHECK(values.given[1]);
  CHECK(values.value[1] == 0);
  CHECK_FALSE(values.given[2]);
  CHECK(values.value[3] == PTHREAD_MUTEX_ERRORCHECK);
  CHECK(bench.marshal(mutex_attributes_type(), R"("mem.a")").n == 0);
  CHECK_FALSE(bench.problem(cond_attributes_type(), R"("mem.a")").empty());
  CHECK(bench.problem(mutex_attributes_type(), R"({"pshard": true})").find("did you mean 'pshared'") !=
        std::string::npos);
  CHECK(bench.problem(cond_attributes_type(), R"({"clock": "CLOCK_MONOTONI"})").find("'CLOCK_MONOTONIC'") !=
        std::string::npos);
  const Slot cond = bench.marshal(cond_attributes_type(), R"({"clock": "CLOCK_MONOTONIC"})");
  CHECK(cond.as<AttributeValues>()->value[1] == CLOCK_MONOTONIC);
}

}  // namespace kipc
