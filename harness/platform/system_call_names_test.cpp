#include "platform/system_call_names.hpp"

#include <sys/syscall.h>

#include "base/catch.hpp"

using namespace kipc;

TEST_CASE("system calls have names") {
  CHECK(system_call_name(SYS_read) == "read");
  CHECK(system_call_name(SYS_mq_timedsend) == "mq_timedsend");
  CHECK(system_call_name(100000) == "syscall_100000");
  CHECK(is_system_call("read"));
  CHECK(is_system_call("poll"));  // though arm64 has none
  CHECK_FALSE(is_system_call("raed"));
}
