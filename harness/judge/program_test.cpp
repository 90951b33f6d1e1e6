// Programs as actors, run for real: what may be said of them, that faults strike them, and that each way to go wrong
// is told as what it is.
#include <fmt/format.h>
#include <unistd.h>

#include "base/catch.hpp"
#include "judge/run_for_tests.hpp"
#include "platform/fault_engines.hpp"

using namespace kipc;

namespace {

/// "cat" becomes the program with its input from `feed` and its output to `drain`; `before` stands before the exec.
std::string wired(const std::string& before = "", const std::string& argv = R"(["cat"])") {
  return R"({"as": "user", "call": "pipe2", "read_end": "in", "write_end": "feed", "flags": ["O_CLOEXEC"]},
    {"as": "user", "call": "pipe2", "read_end": "drain", "write_end": "out", "flags": ["O_CLOEXEC"]},
    {"as": "user", "call": "fork", "child": "cat"},
    {"as": "user", "call": "close", "fd": "in"},
    {"as": "user", "call": "close", "fd": "out"},
    {"as": "cat", "call": "dup2", "oldfd": "in", "newfd": 0},
    {"as": "cat", "call": "dup2", "oldfd": "out", "newfd": 1},)" +
         before + R"({"as": "cat", "call": "execve", "pathname": {"program": "peer"}, "argv": )" + argv + "},";
}

const std::string kCopies = R"(
    {"as": "user", "call": "write", "fd": "feed", "data": "one"},
    {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"return": 3, "data": "one"}},)";

const std::string kEnds = R"(
    {"as": "user", "call": "close", "fd": "feed"},
    {"as": "cat", "dies": {"exit": 0}},
    {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"return": 0}})";

bool can_run(const char* program) {
  return ::access(program, X_OK) == 0 && !unmet(Requirement{"syscall", "process_vm_readv", 0, {}}, SandboxAbility{});
}

bool can_strike(const char* engine) { return !fault_engine_missing(engine); }

Ran run_peer(const std::string& script, const char* program = "/bin/cat") {
  return run(script, Isolation::automatic, 1.0, "", "", {{"peer", program}});
}

std::string what(const Ran& ran) { return ran.verdict.reason; }

}  // namespace

TEST_CASE("a program reads, writes and ends as the script says") {
  if (!can_run("/bin/cat")) return;
  const Ran ran = run_peer(wired() + R"({"as": "cat", "blocked": "read"},)" + kCopies + kEnds);
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("a program that has ended before anybody looks has been one") {
  if (!can_run("/bin/true")) return;
  const Ran ran = run_peer(wired() + R"({"as": "cat", "dies": {"exit": 0}})", "/bin/true");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("a program has no descriptor but what the script left it") {
  if (!can_run("/bin/ls")) return;
  for (const Isolation isolation : {Isolation::automatic, Isolation::none}) {
    // 3 is the directory that ls itself reads.
    const Ran ran = run(wired("", R"(["ls", "/proc/self/fd"])") + R"(
      {"as": "cat", "dies": {"exit": 0}},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"data": "0\n1\n2\n3\n"}})",
                        isolation, 1.0, "", "", {{"peer", "/bin/ls"}});
    INFO(what(ran));
    CHECK(ran.verdict.status == Status::pass);
  }
}

TEST_CASE("a program gets its arguments and environment") {
  if (!can_run("/bin/sh")) return;
  const std::string argv =
      R"json(["sh", "-c", {"verbatim": "say() { echo $1 $2 $WHO; }; say $1 $2"}, "sh", "x", "{1 + 2}"], )json"
      R"("envp": ["WHO=me"])";
  const Ran ran = run_peer(wired("", argv) + R"(
      {"as": "cat", "dies": {"exit": 0}},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"data": "x 3 me\n"}})",
                           "/bin/sh");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("a program that does not do as the script says is a FAIL") {
  if (!can_run("/bin/cat") || !can_run("/bin/true") || !can_run("/bin/sh")) return;
  const auto fails = [](const Ran& ran, const char* reason) {
    INFO(what(ran));
    CHECK(ran.verdict.status == Status::fail);
    CHECK(what(ran).find(reason) != std::string::npos);
  };
  // It ends where it should copy.
  fails(run_peer(wired() + kCopies + kEnds, "/bin/true"), "expected cat to live, got its death: exited with 0");
  // It ends in another way.
  fails(run_peer(wired("", R"(["sh", "-c", "exit 3"])") + R"({"as": "cat", "dies": {"exit": 0}})", "/bin/sh"),
        "expected exit with 0, got: exited with 3");
  // It does not end.
  fails(run_peer(wired() + R"({"as": "cat", "dies": {"exit": 0}})"), "expected cat to die, got it alive and asleep");
  // It writes something else.
  fails(run_peer(wired("", R"(["sh", "-c", "echo no; cat"])") + kCopies + kEnds, "/bin/sh"), "got 6 \"no\\none\"");
  // It sleeps, but elsewhere.
  fails(run_peer(wired() + R"({"as": "cat", "blocked": "write", "asserts": ["pipe-read.eof-when-no-writer"]})"),
        "expected a program asleep in write, got one at rest in read");
}

TEST_CASE("a program that cannot be executed leaves the actor as it was") {
  const Ran ran = run(R"({"as": "a", "call": "mknod", "path": "f", "mode": ["S_IFREG", "0700"]},
    {"as": "a", "call": "execve", "pathname": "f", "argv": ["f"], "expect": {"error": "ENOEXEC"}},
    {"as": "a", "call": "getpid"},
    {"as": "a", "call": "execve", "pathname": "missing", "asserts": ["pipe-read.eof-when-no-writer"]})");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::fail);
  CHECK(what(ran).find("ENOENT") != std::string::npos);
}

TEST_CASE("a program that sleeps for a time is not at rest: what it does then is waited for") {
  if (!can_run("/bin/sh") || !can_run("/bin/sleep")) return;
  const Ran ran = run_peer(wired("", R"(["sh", "-c", "sleep 0.2; echo late"])") + R"(
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"data": "late\n"}},
      {"as": "cat", "dies": {"exit": 0}})",
                           "/bin/sh");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("what a program has made is waited for, too, and ends with the variant") {
  if (!can_run("/bin/sh") || !can_run("/bin/cat")) return;
  const Ran ran = run_peer(wired("", R"(["sh", "-c", "/bin/cat | /bin/cat; true"])") + kCopies + kCopies +
                               R"({"fault": "kill", "actor": "cat"},)" + kCopies +
                               R"({"as": "user", "call": "close", "fd": "feed"})",
                           "/bin/sh");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("faults that happen at once happen to programs") {
  if (!can_run("/bin/cat")) return;
  const Ran ran = run_peer(wired() + R"(
      {"fault": "stop", "actor": "cat"},
      {"as": "user", "call": "write", "fd": "feed", "data": "one"},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": "blocks"},
      {"fault": "continue", "actor": "cat"},
      {"as": "user", "resumes": "read", "expect": {"data": "one"}},
      {"fault": "signal", "actor": "cat", "signal": "SIGTERM"},
      {"as": "cat", "dies": "SIGTERM"})");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("faults that wait strike the calls of a program, by each engine alike, and are counted") {
  if (!can_run("/bin/cat")) return;
  for (const char* engine : {"", "seccomp-notify", "ptrace"}) {
    if (!can_strike(*engine == '\0' ? "call" : engine)) continue;
    const std::string by = *engine == '\0' ? "" : fmt::format(R"(, "engine": "{}")", engine);
    const auto fault = [&](const char* what_is_done) {
      return fmt::format(R"({{"fault": {}, "actor": "cat", "call": "write", "where": {{"fd": 1}}{}}},)", what_is_done,
                         by);
    };
    INFO(engine);
    // Always, and yet counted from outside.
    const Ran fails = run_peer(wired(fault(R"("errno", "error": "EIO")")) + R"(
      {"as": "user", "call": "write", "fd": "feed", "data": "one"},
      {"as": "cat", "dies": {"exit": 1}},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"return": 0}})");
    INFO(what(fails));
    CHECK(fails.verdict.status == Status::pass);
    REQUIRE(fails.history.injections.size() == 1);
    CHECK(fails.history.injections[0].struck >= 1);
    CHECK(fails.history.injections[0].engine != "seccomp-errno");

    const Ran again =
        run_peer(wired(fault(R"("errno", "error": "EINTR", "nth": "1..3+2")")) + kCopies + kCopies + kEnds);
    INFO(what(again));
    CHECK(again.verdict.status == Status::pass);
    CHECK(again.history.injections[0].struck == 2);

    const Ran killed = run_peer(wired(fault(R"("kill", "nth": 2)")) + kCopies + R"(
      {"as": "user", "call": "write", "fd": "feed", "data": "two"},
      {"as": "cat", "dies": "SIGKILL"},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": {"return": 0}})");
    INFO(what(killed));
    CHECK(killed.verdict.status == Status::pass);
  }
}

TEST_CASE("a program is held before a call has an effect until it continues") {
  if (!can_run("/bin/cat") || !can_strike("ptrace")) return;
  const Ran ran = run_peer(wired(R"({"fault": "stop", "actor": "cat", "call": "write", "where": {"fd": 1}},)") + R"(
      {"as": "user", "call": "write", "fd": "feed", "data": "one"},
      {"as": "cat", "blocked": "write"},
      {"as": "user", "call": "read", "fd": "drain", "count": 100, "expect": "blocks"},
      {"fault": "continue", "actor": "cat"},
      {"as": "user", "resumes": "read", "expect": {"data": "one"}},)" +
                           kEnds);
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
}

TEST_CASE("a fault that never strikes a program is an ERROR") {
  if (!can_run("/bin/cat") || !can_strike("call")) return;
  const Ran ran = run_peer(
      wired(R"({"fault": "errno", "actor": "cat", "call": "write", "where": {"fd": 1}, "error": "EIO", "nth": 3},)") +
      kCopies + kEnds);
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::error);
  CHECK(what(ran).find("never struck") != std::string::npos);
}

TEST_CASE("programs take part in what runs concurrently") {
  if (!can_run("/bin/cat")) return;
  const std::string start = wired() + R"({"as": "user", "call": "fork", "child": "feeder"},
    {"as": "user", "call": "close", "fd": "feed"},)";
  const Ran ran = run_peer(start + R"({"concurrently": [
      {"as": "feeder", "steps": [
        {"call": "write", "fd": "feed", "data": {"fill": "x", "length": 1000000}, "expect": {"return": 1000000}},
        {"call": "close", "fd": "feed"}]},
      {"as": "user", "until": {"return": 0}, "steps": [{"call": "read", "fd": "drain", "count": 65536}]}]},
    {"as": "cat", "dies": {"exit": 0}})");
  INFO(what(ran));
  CHECK(ran.verdict.status == Status::pass);
  // Nobody reads the output: the program sleeps, and so does who feeds it.
  const Ran stuck = run_peer(start + R"({"concurrently": [{"as": "feeder", "steps": [
      {"call": "write", "fd": "feed", "data": {"fill": "x", "length": 1000000}, "expect": {"return": 1000000}}]}]})");
  INFO(what(stuck));
  CHECK(stuck.verdict.status == Status::fail);
  CHECK(what(stuck).find("standstill") != std::string::npos);
}
