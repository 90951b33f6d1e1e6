#include "platform/child.hpp"

#include <sys/mman.h>

#include "base/catch.hpp"
#include "base/fd.hpp"

namespace kipc {
namespace {

TEST_CASE("child: what its body returns, or kills it with, is the status") {
  CHECK(exit_code(in_child([] { return 0; })) == 0);
  CHECK(exit_code(in_child([] { return 42; })) == 42);
  const auto killed = in_child([] {
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  REQUIRE(killed);
  CHECK(WIFSIGNALED(*killed));
  CHECK(WTERMSIG(*killed) == SIGKILL);
  CHECK(exit_code(killed) == -1);
}

TEST_CASE("child: it is another process, and it is gone afterwards") {
  const auto memory = Mapping::shared(sizeof(pid_t));
  REQUIRE(memory);
  auto* pid = static_cast<pid_t*>(memory->get());
  REQUIRE(in_child([&] {
    *pid = ::getpid();
    return 0;
  }));
  CHECK(*pid != ::getpid());
  CHECK(::kill(*pid, 0) != 0);
}

TEST_CASE("child: waiting for what is no child fails") {
  const auto status = wait_for(::getpid());
  REQUIRE_FALSE(status);
  CHECK(status.error().number == ECHILD);
}

}  // namespace
}  // namespace kipc
