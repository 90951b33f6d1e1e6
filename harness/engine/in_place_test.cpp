// What conductors of emulators rest on; the emulator itself is run by ci/sandboxes 'qemu-user-*'.
#include "engine/in_place.hpp"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/catch.hpp"
#include "engine/space.hpp"

using namespace kipc;

TEST_CASE("a child's text comes back, of any size, and each job has its own") {
  CHECK(work_in_child([] { return std::string("one"); }).value() == "one");
  const std::string large(std::size_t{5} << 20, 'x');
  CHECK(work_in_child([&] { return large; }).value() == large);
  CHECK(work_in_child([] { return std::string(); }).value().empty());
}

TEST_CASE("a child that dies is an error that says how") {
  const auto lost = work_in_child([]() -> std::string {
    ::kill(::getpid(), SIGKILL);
    return "never";
  });
  REQUIRE_FALSE(lost);
  CHECK(lost.error().text.find("killed by SIGKILL") != std::string::npos);
}

TEST_CASE("one variant may be conducted in place, by a child made for it") {
  CHECK_FALSE(may_conduct_in_place());
  CHECK(work_in_child([] {
          const bool first = may_conduct_in_place();
          return std::string(first && !may_conduct_in_place() ? "once" : "wrong");
        }).value() == "once");
}

TEST_CASE("whoever enters a pid namespace goes on as its first process, and its text comes back") {
  if (!sandbox_ability().pid || sandbox_ability().with_user) return;
  CHECK(work_in_child([] {
          const auto entered = enter_namespaces(CLONE_NEWPID | CLONE_NEWIPC);
          return entered ? std::to_string(::getpid()) : entered.error().text;
        }).value() == "1");
}
