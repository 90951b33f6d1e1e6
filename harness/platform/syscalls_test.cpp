#include "platform/syscalls.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>

#include "base/catch.hpp"
#include "platform/child.hpp"
#include "platform/seccomp_for_tests.hpp"

namespace kipc {
namespace {

TEST_CASE("syscalls: each is usable, or it is said why not") {
  CHECK(std::is_sorted(probed_syscalls().begin(), probed_syscalls().end()));
  for (const std::string_view name : probed_syscalls()) {
    const SyscallState& state = syscall_state(name);
    INFO(name << ": " << state.reason);
    CHECK(state.usable == state.reason.empty());
    CHECK(state.usable == state.enable.empty());
  }
}

TEST_CASE("syscalls: an unknown name is unusable, with a suggestion") {
  const SyscallState& state = syscall_state("pidfd_opem");
  CHECK_FALSE(state.usable);
  CHECK(state.reason.find("pidfd_open") != std::string::npos);
}

TEST_CASE("syscalls: one that is taken away is unusable, one that kills does not kill kipc") {
  const std::uint32_t actions[] = {SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS};
  for (const std::uint32_t action : actions) {
    CHECK(exit_code(in_child([action] {
            if (!take_away(SYS_semtimedop, action)) return 1;
            const SyscallState state = try_syscall("semtimedop");
            return !state.usable && !state.reason.empty() && !state.enable.empty() ? 0 : 2;
          })) == 0);
  }
}

TEST_CASE("syscalls: asking closes and opens nothing") {
  const int before = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (const std::string_view name : probed_syscalls()) static_cast<void>(try_syscall(name));
  CHECK(::fcntl(before, F_GETFD) == FD_CLOEXEC);
  const int after = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(after == before + 1);
  ::close(after);
  ::close(before);
}

}  // namespace
}  // namespace kipc
