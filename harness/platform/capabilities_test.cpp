#include "platform/capabilities.hpp"

#include <linux/capability.h>

#include "base/catch.hpp"
#include "platform/child.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

TEST_CASE("capabilities: names and numbers agree with the kernel's header") {
  CHECK(capability_number("CAP_CHOWN") == CAP_CHOWN);
  CHECK(capability_number("CAP_SYS_RESOURCE") == CAP_SYS_RESOURCE);
  CHECK(capability_number("CAP_SETFCAP") == CAP_SETFCAP);
  CHECK(capability_number("CAP_AUDIT_READ") == CAP_AUDIT_READ);
  CHECK(capability_number("CAP_BPF") == 39);
  CHECK(capability_number("CAP_CHECKPOINT_RESTORE") == 40);
  CHECK(capability_number("CAP_NOTHING") == -1);
  CHECK(capability_number("") == -1);
  for (const std::string_view name : capability_names()) CHECK(capability_name(capability_number(name)) == name);
  CHECK(capability_name(-1).empty());
  CHECK(capability_name(63).empty());
}

TEST_CASE("capabilities: a set as a list of names") {
  CHECK(capability_list(0).empty());
  CHECK(capability_list(capability_bit(CAP_KILL) | capability_bit(63)) ==
        std::vector<std::string>{"CAP_KILL", "CAP_63"});
}

TEST_CASE("capabilities: the sets are those of /proc/self/status") {
  const auto now = current_capabilities();
  REQUIRE(now);
  const std::string status = read_start("/proc/self/status", 8192);
  CHECK(now->effective == std::stoull(field(status, "CapEff"), nullptr, 16));
  CHECK(now->permitted == std::stoull(field(status, "CapPrm"), nullptr, 16));
  CHECK(now->inheritable == std::stoull(field(status, "CapInh"), nullptr, 16));
}

TEST_CASE("capabilities: dropped ones are gone, kept ones stay, none comes back") {
  const auto before = current_capabilities();
  REQUIRE(before);
  const CapabilityMask keep = capability_bit(CAP_KILL) | capability_bit(CAP_IPC_OWNER);
  CHECK(exit_code(in_child([&] {
          if (!keep_capabilities(keep)) return 1;
          const auto after = current_capabilities();
          if (!after || after->effective != (before->effective & keep)) return 2;
          if (after->permitted != (before->permitted & keep)) return 3;
          if (!drop_all_capabilities()) return 4;
          const auto none = current_capabilities();
          if (!none || none->effective != 0 || none->permitted != 0 || none->inheritable != 0) return 5;
          if (!keep_capabilities(~CapabilityMask{0})) return 6;
          return current_capabilities()->permitted == 0 ? 0 : 7;
        })) == 0);
  CHECK(current_capabilities()->effective == before->effective);
}

TEST_CASE("capabilities: uid 0 does not regain at execve what was dropped") {
  if (!has_capability(CAP_SETPCAP)) return;
  CHECK(exit_code(in_child([] {
          if (!drop_all_capabilities()) return 1;
          ::execl("/bin/sh", "sh", "-c", "grep -q '^CapPrm:.0000000000000000$' /proc/self/status", nullptr);
          return 2;
        })) == 0);
}

TEST_CASE("capabilities: which count in an own user namespace") {
  CHECK(counts_in_user_namespace(CAP_IPC_OWNER));
  CHECK(counts_in_user_namespace(CAP_SETUID));
  CHECK_FALSE(counts_in_user_namespace(CAP_SYS_RESOURCE));
  CHECK_FALSE(counts_in_user_namespace(CAP_IPC_LOCK));
}

}  // namespace
}  // namespace kipc
