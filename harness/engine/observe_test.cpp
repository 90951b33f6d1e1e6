#include "engine/observe.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/catch.hpp"
#include "engine/board.hpp"

using namespace kipc;

TEST_CASE("a sleeping task shows its state, its system call and statistics that stand still") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char byte = 0;
    ::_exit(::read(ends[0], &byte, 1) == 1 ? 7 : 1);
  }
  const TaskView view(pid, pid);
  if (view.readable()) {
    while (view.state() != 'S') ::sched_yield();
    std::uint64_t argument = 0;
    CHECK(view.system_call(argument) == SYS_read);
    CHECK(argument == static_cast<std::uint64_t>(ends[0]));
    const std::string before = view.run_statistics();
    CHECK(view.run_statistics() == before);
  }
  REQUIRE(::write(ends[1], "x", 1) == 1);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  if (const int status = exit_status_of(pid); status != -1) {
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 7);
  }
  ::waitpid(pid, nullptr, 0);
  CHECK(TaskView(pid, pid).state() == '\0');
  ::close(ends[0]);
  ::close(ends[1]);
}
