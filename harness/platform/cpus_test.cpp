#include "platform/cpus.hpp"

#include <sched.h>

#include "base/catch.hpp"
#include "platform/child.hpp"

namespace kipc {
namespace {

TEST_CASE("cpus: at least one, and no more usable than the kernel knows") {
  CHECK(cpus_online() >= 1);
  CHECK(cpus_usable() >= 1);
}

TEST_CASE("cpus: pinning a process later does not change what is usable") {
  const int before = cpus_usable();
  CHECK(exit_code(in_child([before] {
          cpu_set_t now;
          if (::sched_getaffinity(0, sizeof now, &now) != 0) return 1;
          int first = 0;
          while (first < CPU_SETSIZE - 1 && !CPU_ISSET(static_cast<std::size_t>(first), &now)) ++first;
          CPU_ZERO(&now);
          CPU_SET(static_cast<std::size_t>(first), &now);
          if (::sched_setaffinity(0, sizeof now, &now) != 0) return 2;
          return cpus_usable() == before ? 0 : 3;
        })) == 0);
}

}  // namespace
}  // namespace kipc
