#include "platform/cgroup.hpp"

#include <fmt/format.h>
#include <unistd.h>

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

TEST_CASE("cgroup: the controller of a limit") {
  for (const std::string_view limit : cgroup_limits()) CHECK(limit == std::string(controller_of(limit)) + ".max");
}

TEST_CASE("cgroup: a place that was found takes a group, and nothing is left of the trial") {
  for (const char* controller : {"memory", "pids"}) {
    const auto& place = cgroup_place(controller);
    INFO(controller);
    if (!place) {
      CHECK_FALSE(place.error().reason.empty());
      CHECK(place.error().enable.ends_with('.'));
      continue;
    }
    CHECK((place->version == 1 || place->version == 2));
    CHECK_FALSE(exists(fmt::format("{}/kipc-probe-{}", place->folder, ::getpid())));
    const std::string group = fmt::format("{}/kipc-test-{}", place->folder, ::getpid());
    REQUIRE(make_cgroup(group).has_value());
    CHECK_FALSE(make_cgroup(group).has_value());
    CHECK(limit_cgroup(place->version, group, fmt::format("{}.max", controller), std::int64_t{1} << 20).has_value());
    remove_cgroups(place->folder, fmt::format("kipc-test-{}", ::getpid()));
    CHECK_FALSE(exists(group));
  }
}

TEST_CASE("cgroup: no controller of that name") {
  const auto& place = cgroup_place("nonsense");
  REQUIRE_FALSE(place.has_value());
  CHECK(place.error().what == "limits by the nonsense controller");
}

}  // namespace
}  // namespace kipc
