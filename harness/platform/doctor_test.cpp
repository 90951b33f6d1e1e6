#include "platform/doctor.hpp"

#include <algorithm>
#include <set>

#include "base/catch.hpp"

namespace kipc {
namespace {

const Finding* find(const std::vector<Finding>& findings, std::string_view topic) {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.topic == topic; });
  return at == findings.end() ? nullptr : &*at;
}

TEST_CASE("doctor: every finding has a topic of its own and a value; what is missing says how to get it") {
  std::set<std::string> topics;
  for (const Finding& finding : examine()) {
    INFO(finding.topic << ": " << finding.value);
    CHECK_FALSE(finding.topic.empty());
    CHECK(topics.insert(finding.topic).second);
    CHECK_FALSE(finding.value.empty());
    CHECK(finding.value.find('\n') == std::string::npos);
    CHECK(finding.ok == finding.enable.empty());
    if (!finding.ok) CHECK(finding.enable.back() == '.');
  }
}

TEST_CASE("doctor: it covers the platform, isolation, observation, probes and faults") {
  const auto findings = examine();
  for (const char* topic :
       {"kernel", "libc", "machine", "limit: RLIMIT_NOFILE", "sysctl: fs.pipe-max-size", "sandbox: ipc namespace",
        "blocking: /proc/PID/syscall", "mechanisms: /dev/shm", "mechanisms: mq_open()", "eBPF: BTF of the kernel",
        "eBPF: raw tracepoints load", "faults: userfaultfd", "faults: fail-nth", "faults: ptrace", "lockdown",
        "security modules"}) {
    INFO(topic);
    CHECK(find(findings, topic) != nullptr);
  }
}

}  // namespace
}  // namespace kipc
