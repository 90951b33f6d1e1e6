#include "platform/sysctls.hpp"

#include <algorithm>

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("sysctls: lists are in order, and those of an IPC namespace are among the reported") {
  const auto& all = reported_sysctls();
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(std::is_sorted(kIpcSysctls.begin(), kIpcSysctls.end(),
                       [](const char* a, const char* b) { return std::string_view(a) < b; }));
  for (const char* name : kIpcSysctls) CHECK(std::binary_search(all.begin(), all.end(), name));
  CHECK(is_ipc_sysctl("kernel.msgmni"));
  CHECK_FALSE(is_ipc_sysctl("fs.pipe-max-size"));
}

TEST_CASE("sysctls: paths and values") {
  CHECK(sysctl_path("fs.mqueue.msg_max") == "/proc/sys/fs/mqueue/msg_max");
  CHECK(tidy_sysctl("32000\t1024000000\t500\t32000\n") == "32000 1024000000 500 32000");
  CHECK(tidy_sysctl("\n").empty());
  CHECK_FALSE(read_sysctl("kernel.no_such_thing"));
  CHECK(read_sysctl("kernel.ostype").value_or("Linux") == "Linux");
}

}  // namespace
}  // namespace kipc
