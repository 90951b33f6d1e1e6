#include "platform/surroundings.hpp"

#include <cstdlib>

#include "base/catch.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

TEST_CASE("surroundings: a hypervisor that the processor reports is found") {
  const std::string flags = " " + field(read_start("/proc/cpuinfo", 4096), "flags") + " ";
  if (flags.find(" hypervisor ") != std::string::npos) CHECK(virtualisation() != "none");
  CHECK_FALSE(virtualisation().empty());
}

TEST_CASE("surroundings: the evidence of a container is named") {
  const std::string hint = container_hint();
  if (exists("/.dockerenv") || exists("/run/.containerenv")) CHECK_FALSE(hint.empty());
  if (!hint.empty()) CHECK(hint.find('(') != std::string::npos);
}

TEST_CASE("surroundings: security modules are known, or it is said why not") {
  const SecurityModules modules = security_modules();
  CHECK(modules.names.empty() != modules.reason.empty());
  for (const std::string& name : modules.names) CHECK(name.find_first_of(", \n") == std::string::npos);
}

}  // namespace
}  // namespace kipc
