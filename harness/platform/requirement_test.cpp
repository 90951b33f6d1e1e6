#include "platform/requirement.hpp"

#include <linux/capability.h>
#include <sys/resource.h>

#include <algorithm>
#include <climits>

#include "base/catch.hpp"
#include "platform/capabilities.hpp"
#include "platform/child.hpp"
#include "platform/cpus.hpp"
#include "platform/kernel_config.hpp"
#include "platform/proc_text.hpp"
#include "platform/rlimits.hpp"

namespace kipc {
namespace {

Requirement need(std::string kind, std::string name, std::int64_t at_least = 0) {
  return {std::move(kind), std::move(name), at_least, {}};
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

SandboxAbility everything() {
  SandboxAbility all;
  all.user = all.pid = all.ipc = all.mount = all.net = true;
  all.proc_mount = all.mqueue_mount = all.tmpfs_mount = all.private_sysctl = true;
  all.can_map_many_uids = true;
  all.fresh_sysctls = {
      {"fs.mqueue.msg_max", "10"}, {"kernel.sem", "250 32000 32 128"}, {"kernel.shmmax", "18446744073692774399"}};
  return all;
}

TEST_CASE("requirement: a program has to be given, and to be executable") {
  SandboxAbility sandbox;
  const Requirement shell{"program", "sh", 0, {}};
  const auto none = unmet(shell, sandbox);
  REQUIRE(none.has_value());
  CHECK(none->what == "program sh: none was given");
  CHECK(none->enable == "Say which file it is: kipc run --program sh=PATH.");
  sandbox.programs["sh"] = "/bin/sh";
  CHECK_FALSE(unmet(shell, sandbox).has_value());
  sandbox.programs["sh"] = "/etc/passwd";
  REQUIRE(unmet(shell, sandbox).has_value());
  CHECK(unmet(shell, sandbox)->what.find("/etc/passwd: access: EACCES") != std::string::npos);
}

TEST_CASE("requirement: the table of kinds") {
  const auto& kinds = requirement_kinds();
  CHECK(std::is_sorted(kinds.begin(), kinds.end(),
                       [](const RequirementKind& a, const RequirementKind& b) { return a.kind < b.kind; }));
  for (const RequirementKind& kind : kinds) {
    INFO(kind.kind);
    CHECK(kind.doc.back() == '.');
    CHECK((kind.takes_name || kind.takes_at_least));
    if (kind.names == nullptr) continue;
    CHECK(kind.takes_name);
    for (const std::string_view name : kind.names())
      CHECK(check_requirement(need(std::string(kind.kind), std::string(name), kind.takes_at_least ? 1 : 0)));
  }
}

TEST_CASE("requirement: what is written wrongly is refused") {
  CHECK(says(check_requirement(need("limits", "RLIMIT_NOFILE", 1)).error().text, "did you mean 'limit'"));
  CHECK(says(check_requirement(need("limit", "RLIMIT_NOFILES", 1)).error().text, "did you mean 'RLIMIT_NOFILE'"));
  CHECK(says(check_requirement(need("users", "3")).error().text, "takes no name"));
  CHECK(says(check_requirement(need("capability", "")).error().text, "takes a name"));
  CHECK(says(check_requirement(need("capability", "CAP_KILL", 1)).error().text, "takes no number"));
  CHECK_FALSE(check_requirement(need("cpus", "", -1)));
  CHECK(says(unmet(need("namespace", "time"), everything())->what, "knows no 'time'"));
}

TEST_CASE("requirement: limit") {
  CHECK(exit_code(in_child([] {
          struct rlimit small {
            64, 256
          };
          if (::setrlimit(RLIMIT_NOFILE, &small) != 0) return 1;
          if (unmet(need("limit", "RLIMIT_NOFILE", 256), {})) return 2;
          const auto missing = unmet(need("limit", "RLIMIT_NOFILE", 700), {});
          if (!missing || missing->enable.empty()) return 3;
          return missing->what == "RLIMIT_NOFILE: the hard limit is 256, 700 is needed" ? 0 : 4;
        })) == 0);
}

TEST_CASE("requirement: capability, in the sense available to actors") {
  CHECK(exit_code(in_child([] {
          if (!drop_all_capabilities()) return 1;
          SandboxAbility sandbox;
          if (!unmet(need("capability", "CAP_IPC_OWNER"), sandbox)) return 2;
          sandbox.user = sandbox.with_user = true;
          if (unmet(need("capability", "CAP_IPC_OWNER"), sandbox)) return 3;
          const auto missing = unmet(need("capability", "CAP_SYS_RESOURCE"), sandbox);
          return missing && !missing->enable.empty() ? 0 : 4;
        })) == 0);
  if (has_capability(CAP_KILL)) CHECK_FALSE(unmet(need("capability", "CAP_KILL"), everything()));
  if (!has_capability(CAP_SYS_NICE) || !in_initial_user_namespace()) return;
  CHECK_FALSE(unmet(need("capability", "CAP_SYS_NICE"), everything()));
  SandboxAbility with_user = everything();
  with_user.with_user = true;
  CHECK(says(unmet(need("capability", "CAP_SYS_NICE"), with_user)->what, "initial user namespace"));
}

TEST_CASE("requirement: users") {
  SandboxAbility sandbox = everything();
  CHECK_FALSE(unmet(need("users", "", 1), sandbox));
  CHECK(unmet(need("users", "", INT64_MAX), sandbox));
  sandbox.can_map_many_uids = false;
  sandbox.missing = {{"many uids", "no CAP_SETUID", "Run kipc as root."}};
  CHECK_FALSE(unmet(need("users", "", 1), sandbox));
  CHECK(unmet(need("users", "", 3), sandbox)->what == "many uids: no CAP_SETUID");
  CHECK(unmet(need("users", "", 3), sandbox)->enable == "Run kipc as root.");
}

TEST_CASE("requirement: kernel_config") {
  const auto missing = unmet(need("kernel_config", "NO_SUCH_OPTION_AT_ALL"), {});
  REQUIRE(missing);
  CHECK(says(missing->what, "CONFIG_NO_SUCH_OPTION_AT_ALL"));
  const bool sysv = kernel_config().known() ? kernel_config().option("SYSVIPC").has_value() : exists("/proc/sysvipc");
  CHECK(unmet(need("kernel_config", "CONFIG_SYSVIPC"), {}).has_value() == !sysv);
  CHECK(unmet(need("kernel_config", "CHECKPOINT_RESTORE"), {}).has_value() ==
        (kernel_config().known() ? !kernel_config().option("CHECKPOINT_RESTORE")
                                 : !exists("/proc/sys/kernel/msg_next_id")));
}

TEST_CASE("requirement: sysctl, where actors run") {
  const SandboxAbility sandbox = everything();
  CHECK_FALSE(unmet(need("sysctl", "fs.mqueue.msg_max", 10), sandbox));
  CHECK(says(unmet(need("sysctl", "fs.mqueue.msg_max", 11), sandbox)->what, "10 in a fresh IPC namespace"));
  CHECK_FALSE(unmet(need("sysctl", "kernel.sem[3]", 128), sandbox));
  CHECK(unmet(need("sysctl", "kernel.sem[3]", 129), sandbox));
  CHECK(says(unmet(need("sysctl", "kernel.sem[4]", 1), sandbox)->what, "no number"));
  CHECK_FALSE(unmet(need("sysctl", "kernel.shmmax", INT64_MAX), sandbox));
  CHECK(says(unmet(need("sysctl", "kernel.no_such_thing", 1), sandbox)->what, "absent"));
  if (exists("/proc/sys/kernel/pid_max")) {
    CHECK_FALSE(unmet(need("sysctl", "kernel.pid_max", 1), {}));
    CHECK(says(unmet(need("sysctl", "kernel.pid_max", INT64_MAX), {})->enable, "Set the sysctl kernel.pid_max"));
  }
}

TEST_CASE("requirement: namespace and private_sysctl") {
  SandboxAbility sandbox = everything();
  for (const char* name : {"user", "pid", "ipc", "mount", "net"}) CHECK_FALSE(unmet(need("namespace", name), sandbox));
  CHECK_FALSE(unmet(need("private_sysctl", "fs.mqueue.msg_max"), sandbox));
  CHECK(unmet(need("private_sysctl", "kernel.auto_msgmni"), sandbox));
  CHECK(unmet(need("private_sysctl", "fs.pipe-max-size"), sandbox));
  sandbox.ipc = sandbox.private_sysctl = false;
  sandbox.missing = {{"ipc namespace", "unshare: EPERM", "Run as root."},
                     {"private sysctl", "it needs one", "Likewise."}};
  CHECK(unmet(need("namespace", "ipc"), sandbox)->what == "ipc namespace: unshare: EPERM");
  CHECK(unmet(need("namespace", "ipc"), sandbox)->enable == "Run as root.");
  CHECK(unmet(need("private_sysctl", "fs.mqueue.msg_max"), sandbox)->enable == "Likewise.");
}

TEST_CASE("requirement: cpus, file, syscall, word_size") {
  CHECK_FALSE(unmet(need("cpus", "", 1), {}));
  CHECK_FALSE(unmet(need("cpus", "", cpus_usable()), {}));
  CHECK(unmet(need("cpus", "", cpus_usable() + 1), {}));
  CHECK_FALSE(unmet(need("file", "/proc/self/status"), {}));
  CHECK(says(unmet(need("file", "/no/such/file"), {})->what, "ENOENT"));
  CHECK_FALSE(unmet(need("word_size", "", 32), {}));
  CHECK(unmet(need("word_size", "", 64), {}).has_value() == (sizeof(long) < 8));
  CHECK(unmet(need("word_size", "", 128), {}));
  CHECK(says(unmet(need("syscall", "memfd_creat"), {})->what, "did you mean 'memfd_create'"));
}

}  // namespace
}  // namespace kipc
