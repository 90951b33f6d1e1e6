#include "engine/floor.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/space.hpp"

namespace kipc {
namespace {

int stand_by(Sandbox& sandbox, const Program& program) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!sandbox.enter()) return 1;
  for (const ActorProperties& root : program.roots)
    for (int i = 0; i < root.count; ++i) {
      const pid_t actor = ::fork();
      if (actor < 0) return 1;
      if (actor == 0) ::_exit(0);
    }
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  sandbox.leave();
  return 0;
}

}  // namespace

bool run_floor(const Program& program, const RunOptions& options) {
  auto space = run_space(options);
  if (!space) return false;
  static int number = 0;
  Sandbox sandbox(**space, program, fmt::format("floor-{}-{}:{},{}", ::getpid(), ++number, ::geteuid(), ::getegid()));
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, sandbox.clone_flags(), nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) return false;
  if (pid == 0) ::_exit(stand_by(sandbox, program));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace kipc
