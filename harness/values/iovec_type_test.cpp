#include "values/iovec_type.hpp"

#include <sys/mman.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {

TEST_CASE("a gather list is data, some of it repeated") {
  TestBench bench;
  const Slot slot =
      bench.marshal(iovec_type(IovecUse::gather), R"(["head", "", {"times": 3, "of": {"fill": "x", "length": 2}}])");
  REQUIRE(slot.n == 5);
  const iovec* list = slot.as<iovec>();
  CHECK(std::string(static_cast<char*>(list[0].iov_base), list[0].iov_len) == "head");
  CHECK(list[1].iov_len == 0);
  CHECK(std::string(static_cast<char*>(list[4].iov_base), list[4].iov_len) == "xx");
  CHECK_FALSE(is_scatter(slot));
  CHECK(bench.marshal(iovec_type(IovecUse::gather), R"("null")").p == nullptr);
}

TEST_CASE("iovcnt may be what the list is not") {
  TestBench bench;
  const Slot slot = bench.marshal(iovec_type(IovecUse::gather), R"(["x"])");
  std::int64_t elements = 0;
  Slot count;
  CHECK(iovecs(bench.frame, slot, count, elements) == slot.as<iovec>());
  CHECK(elements == 1);
  count.given = true;
  count.i = -1;
  iovecs(bench.frame, slot, count, elements);
  CHECK(elements == -1);
  count.i = 3;
  const iovec* longer = iovecs(bench.frame, slot, count, elements);
  CHECK(longer[0].iov_len == 1);
  CHECK(longer[2].iov_len == 0);
}

TEST_CASE("a scatter list says what came into which element") {
  TestBench bench;
  const Type& type = iovec_type(IovecUse::scatter);
  const Slot slot = bench.marshal(type, R"([2, 0, {"times": 2, "of": 1}, 8])");
  REQUIRE(slot.n == 5);
  REQUIRE(scatter_size(slot) == 12);
  unsigned char buffer[12] = {'h', 'e', 'a', 'd', 't', 'a', 'i', 'l'};
  scatter_into(slot, buffer);
  CHECK(slot.as<iovec>()[4].iov_base == buffer + 4);
  out_scattered(bench.frame, 1, slot, buffer, 8);
  const std::string_view out = bench.frame.result.out(1)->bytes;
  CHECK(bench.mismatch(type, R"({"0": "he", "1": "", "3": "d", "last": {"ends": "il"}})", out).empty());
  CHECK(bench.mismatch(type, R"({"2": "b"})", out).find("element 2 is \"a\", not \"b\"") == 0);
  CHECK(bench.mismatch(type, R"({"5": "b"})", out) == "there is no element 5 (there are 5)");
  CHECK(type.print(out) == R"(["he", "", "a", "d", "tail"])");
}

TEST_CASE("lengths that no memory could have need none") {
  TestBench bench;
  const Slot slot = bench.marshal(iovec_type(IovecUse::scatter), R"(["SSIZE_MAX", 1])");
  CHECK(scatter_size(slot) == kScatteredInVain);
}

TEST_CASE("what a pipe keeps lies in pages of its own, but {\"at\"} where it is") {
  TestBench bench;
  const Slot slot = bench.marshal(iovec_type(IovecUse::either), R"(["ab", "null", "c"])");
  std::size_t size = 0;
  void* pages = own_pages(slot, size);
  REQUIRE(size == 3);
  CHECK(slot.as<iovec>()[0].iov_base == pages);
  CHECK(slot.as<iovec>()[1].iov_base == nullptr);
  CHECK(std::string(static_cast<char*>(pages), size) == "abc");
  CHECK(::munmap(pages, size) == 0);
  const Slot lengths = bench.marshal(iovec_type(IovecUse::either), "[4, 5]");
  CHECK(is_scatter(lengths));
  CHECK(own_pages(lengths, size) == nullptr);
}

TEST_CASE("an iovec list is data or lengths, not both, and nothing else") {
  TestBench bench;
  CHECK(bench.problem(iovec_type(IovecUse::either), R"([4, "x"])").find("not both") != std::string::npos);
  CHECK(bench.problem(iovec_type(IovecUse::gather), R"("x")").find("a list of data") != std::string::npos);
  CHECK(bench.problem(iovec_type(IovecUse::gather), R"([{"times": 3}])").find("\"of\"") != std::string::npos);
  CHECK(bench.problem(iovec_type(IovecUse::gather), R"([{"times": 3, "off": "x"}])").find("'of'") != std::string::npos);
}

}  // namespace kipc
