#include "platform/cgroup.hpp"

#include "base/catch.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

TEST_CASE("cgroup: the group of a controller") {
  const std::string text = "9:cpu,cpuacct:/a\n8:pids:/b/c:d\n1:name=systemd:/e\n0::/f\n";
  CHECK(cgroup_path(text, "pids") == "/b/c:d");
  CHECK(cgroup_path(text, "cpuacct") == "/a");
  CHECK(cgroup_path(text, "") == "/f");
  CHECK(cgroup_path(text, "memory").empty());
  CHECK(cgroup_path("nonsense\n", "pids").empty());
}

TEST_CASE("cgroup: the state here is consistent") {
  const CgroupState state = cgroup_state();
  CHECK((state.version == 0) == state.folder.empty());
  if (state.version != 0) CHECK(exists(state.folder));
}

}  // namespace
}  // namespace kipc
