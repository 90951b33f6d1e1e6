#include "platform/observe_probe.hpp"

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/catch.hpp"
#include "platform/child.hpp"
#include "platform/seccomp_for_tests.hpp"

namespace kipc {
namespace {

TEST_CASE("observe_probe: what does not work has a reason, what works has none") {
  const ObserveAbility ability = probe_observation();
  struct Row {
    const char* what;
    bool works;
  };
  for (const Row& row :
       {Row{"syscall", ability.syscall}, Row{"stat state", ability.stat_state}, Row{"exit status", ability.exit_status},
        Row{"schedstat", ability.schedstat}, Row{"wchan", ability.wchan}, Row{"pidfd", ability.pidfd}}) {
    INFO(row.what);
    const Missing* missing = ability.why_not(row.what);
    CHECK((missing == nullptr) == row.works);
    if (missing == nullptr) continue;
    CHECK_FALSE(missing->reason.empty());
    CHECK_FALSE(missing->enable.empty());
  }
  CHECK(ability.blocking() == (ability.syscall && ability.stat_state && ability.schedstat));
}

TEST_CASE("observe_probe: the child it watches is gone afterwards") {
  static_cast<void>(probe_observation());
  CHECK(::waitpid(-1, nullptr, WNOHANG) < 0);
  CHECK(errno == ECHILD);
}

TEST_CASE("observe_probe: a refused pidfd_open is missing, with its errno; the rest is not touched") {
  const bool outside = probe_observation().blocking();
  CHECK(exit_code(in_child([outside] {
          if (!take_away(SYS_pidfd_open, SECCOMP_RET_ERRNO | EPERM)) return 1;
          const ObserveAbility ability = probe_observation();
          if (ability.pidfd || ability.why_not("pidfd") == nullptr) return 2;
          if (ability.why_not("pidfd")->reason.find("EPERM") == std::string::npos) return 3;
          return ability.blocking() == outside ? 0 : 4;
        })) == 0);
}

int probe_without_proc() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/proc", "tmpfs", 0, nullptr) != 0)
    return 77;
  const ObserveAbility ability = probe_observation();
  if (ability.stat_state || ability.exit_status) return 1;
  return ability.why_not("stat state")->reason == "/proc is not mounted" ? 0 : 2;
}

TEST_CASE("observe_probe: without /proc neither states nor ends of processes are known") {
  const int code = exit_code(in_child(probe_without_proc));
  if (code == 77) return;  // no mounts here, so there is no way to be without it
  CHECK(code == 0);
}

int probe_without_fork() {
#ifdef SYS_fork
  if (!take_away(SYS_fork, SECCOMP_RET_ERRNO | EAGAIN)) return 1;
#endif
  if (!take_away(SYS_clone, SECCOMP_RET_ERRNO | EAGAIN)) return 1;
  const ObserveAbility ability = probe_observation();
  if (ability.blocking() || ability.pidfd) return 2;
  const Missing* missing = ability.why_not("syscall");
  return missing != nullptr && missing->reason.find("EAGAIN") != std::string::npos ? 0 : 3;
}

TEST_CASE("observe_probe: without fork nothing is known, and it says so") {
  CHECK(exit_code(in_child(probe_without_fork)) == 0);
}

}  // namespace
}  // namespace kipc
