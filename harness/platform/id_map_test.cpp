#include "platform/id_map.hpp"

#include <unistd.h>

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("id_map: ranges, their count and their identity") {
  const auto all = parse_id_map("         0          0 4294967295\n");
  REQUIRE(all.size() == 1);
  CHECK(count_ids(all) == 4294967295);
  CHECK(identity_map(all) == "0 0 4294967295\n");
  CHECK(some_other_id(all) != 0);

  const auto rootless = parse_id_map("0 1000 1\n1 100000 65536\n");
  REQUIRE(rootless.size() == 2);
  CHECK(rootless[1].outside == 100000);
  CHECK(count_ids(rootless) == 65537);
  CHECK(identity_map(rootless) == "0 0 1\n1 1 65536\n");
  CHECK(some_other_id(rootless) == 1);
}

TEST_CASE("id_map: one id is no other; nonsense is no map") {
  CHECK(some_other_id(parse_id_map("0 1000 1\n")) == 0);
  CHECK(some_other_id(parse_id_map("0 1000 2\n")) == 1);
  CHECK(parse_id_map("").empty());
  CHECK(parse_id_map("0 zero 1\n").empty());
}

TEST_CASE("id_map: this process has at least one uid") { CHECK(count_ids(own_id_map("uid_map")) >= 1); }

}  // namespace
}  // namespace kipc
