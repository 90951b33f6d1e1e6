#include "values/futex_types.hpp"

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

/// A mapping `mem` at `address` with a u32, a u64 and a mutex.
void map(TestBench& bench, std::int64_t address) {
  const NameRef ref = bench.scope.bind(Node::string("mem"), "mem", NameKind::address);
  std::string reason;
  Layout& layout = bench.scope.names[static_cast<std::size_t>(ref.name)].layout;
  for (const char* declaration : {"u32 word", "u64 wide", "pthread_mutex_t m"})
    add_declaration(layout, declaration, reason);
  bench.env.cell(ref.scope, -1, ref.cell) = Cell{address, 1, 0};
}

}  // namespace

TEST_CASE("a futex is a place of 32 bits, or a bare address") {
  TestBench bench;
  map(bench, 4096);
  CHECK(bench.marshal(futex_word_type(), R"("mem.word")").i == 4096);
  CHECK(bench.marshal(futex_word_type(), R"("mem + 1")").i == 4097);
  CHECK(bench.marshal(futex_word_type(), R"("null")").p == nullptr);
  CHECK(bench.problem(futex_word_type(), R"("mem.wide")").find("a place of a u32") != std::string::npos);
  CHECK(bench.problem(futex_word_type(), R"("mem.m")").find("pthread_mutex_t") != std::string::npos);
}

TEST_CASE("futex_waitv takes a list of waiters") {
  TestBench bench;
  map(bench, 4096);
  const Slot slot = bench.marshal(futex_waiters_type(),
                                  R"([{"uaddr": "mem.word", "val": 3}, {"uaddr": "mem + 4", "val": 0, "flags": []}])");
  REQUIRE(slot.n == 2);
  const auto* waiters = slot.as<FutexWaiter>();
  CHECK(waiters[0].uaddr == 4096);
  CHECK(waiters[0].val == 3);
  CHECK(waiters[0].flags == 2);
  CHECK(waiters[1].flags == 0);
  CHECK(bench.problem(futex_waiters_type(), R"([{"uaddr": "mem.word"}])").find("\"val\"") != std::string::npos);
}

}  // namespace kipc
