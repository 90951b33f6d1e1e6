#include "report/compare.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "base/catch.hpp"
#include "report/canonical.hpp"
#include "report/fingerprint_json.hpp"

namespace kipc {
namespace {

using Role = PlatformDifference::Role;

std::vector<PlatformDifference> after(void (*change)(Report&)) {
  const Report before = canonical_report();
  Report now = before;
  change(now);
  return platform_differences(before, now);
}

TEST_CASE("compare: a report is like itself") {
  const auto none = after([](Report&) {});
  CHECK(none.empty());
  CHECK(comparable(none));
}

TEST_CASE("compare: kernel, libc and kipc are what one compares for") {
  const auto found = after([](Report& report) {
    report.platform.kernel_release = "6.1.0-51-amd64";
    report.platform.config_digest = "0";
    report.platform.libc_version = "2.37";
    report.platform.mitigations["spectre_v2"] = "Vulnerable";
    report.kipc_version = "1.2.4";
    report.case_set = "1";
    report.platform.limits["RLIMIT_NPROC"] = Limit{1, 1};  // grows with the machine
  });
  CHECK(found.size() == 7);
  CHECK(comparable(found));
  CHECK(found[3].what == "kipc");
  CHECK(found[3].before == "1.2.3");
  CHECK(found[3].after == "1.2.4");
}

TEST_CASE("compare: under other conditions a changed answer accuses nobody") {
  const std::vector<void (*)(Report&)> changes = {
      [](Report& r) { r.platform.machine = "aarch64"; },
      [](Report& r) { r.platform.kernel = "FreeBSD"; },
      [](Report& r) { r.platform.page_size = 65536; },
      [](Report& r) { r.platform.libc = "musl"; },
      [](Report& r) { r.platform.virtualisation = "gVisor"; },
      [](Report& r) { r.platform.container = ""; },
      [](Report& r) { r.platform.euid = 0; },
      [](Report& r) { r.platform.capabilities = {}; },
      [](Report& r) { r.platform.seccomp = "none"; },
      [](Report& r) { r.platform.lsms = {"selinux"}; },
      [](Report& r) { r.platform.config_options["SYSVIPC"] = "n"; },
      [](Report& r) { r.platform.config_options.erase("SYSVIPC"); },
      [](Report& r) { r.platform.limits["RLIMIT_MSGQUEUE"].soft = 1; },
      [](Report& r) { r.platform.sysctls["kernel.sem"] = "1 1 1 1"; },
      [](Report& r) { r.settings.isolation = "none"; },
      [](Report& r) { r.variants[0].isolation = "namespaces"; },
      [](Report& r) { r.settings.saboteur = "s"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    const auto found = after(changes[i]);
    REQUIRE(found.size() == 1);
    CHECK(found[0].role == Role::condition);
    CHECK_FALSE(comparable(found));
  }
}

/// The same kind of value, but another.
void alter(nlohmann::json& value) {
  if (value.is_string())
    value = value.get<std::string>() + "x";
  else if (value.is_boolean())
    value = !value.get<bool>();
  else if (value.is_number())
    value = value.get<std::int64_t>() + 1;
  else if (value.is_array())
    value.push_back("x");
  else if (value.contains("RLIMIT_NOFILE"))
    value["RLIMIT_NOFILE"]["soft"] = "1";
  else
    value["X"] = "x";
}

TEST_CASE("compare: every fact of a fingerprint counts") {
  // How something was found out, or why not, is no fact of the platform; of the user only root matters, which is euid.
  const std::set<std::string> no_facts = {"config_source", "lsms_reason", "uid"};
  Report before = canonical_report();
  before.platform.euid = 1;
  const nlohmann::json print = nlohmann::json::parse(fingerprint_to_json(before.platform));
  REQUIRE(print.size() > 25);
  for (const auto& [fact, value] : print.items()) {
    INFO(fact);
    nlohmann::json other = print;
    alter(other[fact]);
    if (fact == "euid") other[fact] = 0;
    Report now = before;
    const std::string text = other.dump();
    now.platform = fingerprint_from_json(parse_node(text, "p"), "p");
    CHECK(platform_differences(before, now).empty() == (no_facts.count(fact) > 0));
  }
}

}  // namespace
}  // namespace kipc
