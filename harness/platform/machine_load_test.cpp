#include "platform/machine_load.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("machine load: the first line of /proc/stat") {
  const ProcessorTime time = read_processor_time("cpu  100 20 30 400 5 6 7 8 90 91\ncpu0 1 2 3\n");
  CHECK(time.total == 576);
  CHECK(time.steal == 8);
  CHECK(time.idle == 405);
}

TEST_CASE("machine load: who had the processors between two looks") {
  const ProcessorTime before{1000, 500, 10, 100};
  const ProcessorShares shares = shares_between(before, {3000, 1500, 20, 600});
  CHECK(shares.steal_permille == 5);     // 10 of 2000
  CHECK(shares.others_permille == 245);  // 2000 without 1000 idle, 10 stolen, 500 of its own
  CHECK(shares_between(before, before).others_permille == -1);
  CHECK(shares_between(before, {2000, 600, 10, 1200}).others_permille == 0);  // ticks are rounded
}

TEST_CASE("machine load: old kernels have fewer columns, and other texts none") {
  CHECK(read_processor_time("cpu  1 2 3 4\n").total == 10);
  CHECK(read_processor_time("cpu  1 2 3 4\n").steal == 0);
  CHECK(read_processor_time("").total == 0);
  CHECK(read_processor_time("cpu0 1 2 3 4\n").total == 0);
}

TEST_CASE("machine load: the load average") {
  CHECK(read_load_percent("1.25 0.80 0.11 2/345 678") == 125);
  CHECK(read_load_percent("0.00 0.01 0.05 1/2 3") == 0);
  CHECK(read_load_percent("") == -1);
}

TEST_CASE("machine load: what is read here is possible") {
  CHECK(processor_time().total >= processor_time().steal);
  for (const std::string& caveat : processor_caveats({0, 1})) CHECK(caveat.back() == '.');
  CHECK(processor_caveats({}).empty());
}

}  // namespace
}  // namespace kipc
