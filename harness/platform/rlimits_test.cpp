#include "platform/rlimits.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "base/catch.hpp"
#include "platform/child.hpp"

namespace kipc {
namespace {

TEST_CASE("rlimits: names are in order and all can be read") {
  CHECK(std::is_sorted(rlimit_names().begin(), rlimit_names().end()));
  for (const std::string_view name : rlimit_names()) {
    const auto limit = read_rlimit(name);
    REQUIRE(limit);
    CHECK(limit->soft <= limit->hard);
  }
  CHECK(rlimit_number("RLIMIT_MSGQUEUE") == static_cast<int>(RLIMIT_MSGQUEUE));
  CHECK(rlimit_number("NOFILE") == -1);
  CHECK(read_rlimit("RLIMIT_NOTHING").error().number == EINVAL);
}

TEST_CASE("rlimits: each can be set to what it is, and one that is unknown cannot") {
  for (const std::string_view name : rlimit_names()) CHECK(try_rlimit(name).number == 0);
  CHECK(try_rlimit("RLIMIT_NOTHING").number == EINVAL);
}

TEST_CASE("rlimits: a changed limit is seen") {
  CHECK(exit_code(in_child([] {
          struct rlimit small {
            17, 19
          };
          if (::setrlimit(RLIMIT_NOFILE, &small) != 0) return 1;
          const auto limit = read_rlimit("RLIMIT_NOFILE");
          return limit && limit->soft == 17 && limit->hard == 19 ? 0 : 2;
        })) == 0);
}

}  // namespace
}  // namespace kipc
