// Cases with an intended outcome, run for real: each must be reported as exactly that, in every kind of sandbox.
#include <sched.h>
#include <signal.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/catch.hpp"
#include "engine/space.hpp"
#include "judge/run_for_tests.hpp"
#include "language/print.hpp"

using namespace kipc;

namespace {

const std::string kEof = R"(
  {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
  {"as": "p", "call": "fork", "child": "c"},
  {"as": "p", "call": "close", "fd": "w"},
  {"as": "p", "call": "read", "fd": "r", "count": 16, "expect": "blocks"},
  {"as": "c", "call": "close", "fd": "w"},
  {"as": "p", "resumes": "read", "expect": {"return": 0}})";

std::vector<Isolation> sandboxes() {
  std::vector<Isolation> kinds = {Isolation::none};
  const SandboxAbility& ability = sandbox_ability();
  if (ability.ipc && !ability.with_user) kinds.push_back(Isolation::namespaces);
  if (ability.user && ability.ipc) kinds.push_back(Isolation::user);
  return kinds;
}

}  // namespace

TEST_CASE("a case that goes as written passes, in every kind of sandbox") {
  for (const Isolation isolation : sandboxes()) {
    const auto [verdict, history] = run(kEof, isolation);
    INFO(verdict.reason);
    CHECK(verdict.status == Status::pass);
    REQUIRE(verdict.assertions.size() == 1);
    CHECK(verdict.assertions[0].what == AssertionOutcome::What::verified);
  }
}

TEST_CASE("a wrong value is a FAIL that says what was expected and what came") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "write", "fd": "w", "data": "ab"},
    {"as": "p", "call": "read", "fd": "r", "count": 16, "expect": {"return": 2, "data": "ax"}})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.pointer == "/script/2");
  CHECK(verdict.reason.find("\"ab\", not \"ax\"") != std::string::npos);
  CHECK_FALSE(verdict.clauses.empty());
  CHECK_FALSE(verdict.trace.empty());
}

TEST_CASE("a wrong error number is a FAIL") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "close", "fd": "r"},
    {"as": "p", "call": "read", "fd": "r", "count": 1, "expect": {"error": "EINVAL"}})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("expected EINVAL, got -1 EBADF") != std::string::npos);
}

TEST_CASE("set-up that fails is an ERROR, never a FAIL") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "unlink", "path": "no-such-file"},
    {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"})");
  CHECK(verdict.status == Status::error);
  CHECK(verdict.reason.find("set-up") != std::string::npos);
}

TEST_CASE("a line that cannot be performed is an ERROR") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "resumes": "read", "expect": {"return": 0}})");
  CHECK(verdict.status == Status::error);
  CHECK(verdict.reason.find("does not sleep in read") != std::string::npos);
}

TEST_CASE("a call that sleeps where it should return is a FAIL, without waiting for the deadline") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "read", "fd": "r", "count": 1, "expect": {"return": 1}})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("got a call that blocks") != std::string::npos);
  CHECK(history.end == History::End::diverged);
}

TEST_CASE("a call that returns where it should sleep is a FAIL") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "write", "fd": "w", "data": "x"},
    {"as": "p", "call": "read", "fd": "r", "count": 1, "expect": "blocks"})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("expected to block") != std::string::npos);
}

TEST_CASE("a sleeper that comes back where no line says so is a FAIL: the trace is exhaustive") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "p", "call": "read", "fd": "r", "count": 1, "expect": "blocks"},
    {"as": "c", "call": "write", "fd": "w", "data": "x"},
    {"as": "c", "call": "close", "fd": "w"})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("expected it to sleep on, got a return") != std::string::npos);
}

/// With ever longer deadlines, until it came so far as to say that: how far depends on what else the machine does.
Ran run_until(const std::string& script, const std::string& said) {
  for (double slow = 0.02;; slow *= 2) {
    Ran outcome = run(script, Isolation::automatic, slow);
    if (outcome.verdict.reason.find(said) != std::string::npos || slow > 10) return outcome;
    CHECK(outcome.verdict.status == Status::miss);
  }
}

TEST_CASE("a hang ends at the deadline and says where everyone is") {
  const auto [verdict, history] = run_until(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "sigprocmask", "how": "SIG_BLOCK", "set": ["SIGUSR1"]},
    {"as": "p", "call": "sigwaitinfo", "set": ["SIGUSR1"], "asserts": ["pipe-read.eof-when-no-writer"]})",
                                            "hang");
  CHECK(verdict.status == Status::fail);
  CHECK(history.end == History::End::deadline);
  CHECK(verdict.reason.find("hang") != std::string::npos);
  REQUIRE_FALSE(verdict.standing.empty());
  CHECK(verdict.standing[0].find("p: asleep in system call") != std::string::npos);
}

TEST_CASE("a loop whose calls succeed is no failure at the deadline: a slow machine may get there") {
  const auto [verdict, history] = run_until(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "until": {"return": 7}, "steps": [{"call": "write", "fd": "w", "data": ""}]})",
                                            "a loop had not come to its end");
  CHECK(history.end == History::End::deadline);
  CHECK(verdict.status == Status::miss);
  CHECK(verdict.reason.find("a loop had not come to its end after ") != std::string::npos);
}

TEST_CASE("a loop that has its number of rounds fails behind them, and not before") {
  const std::string pipes = R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "repeat": 3, "steps": [{"call": "write", "fd": "w", "data": "x"}]},
    {"as": "p", "call": "close", "fd": "w"},)";
  const auto [four, whole] = run(pipes + R"(
    {"as": "p", "until": {"return": 0}, "at_most": 4, "steps": [{"call": "read", "fd": "r", "count": 1}]})");
  INFO(four.reason);
  CHECK(four.status == Status::pass);
  const auto [three, cut] = run(pipes + R"(
    {"as": "p", "until": {"return": 0}, "at_most": 3, "steps": [{"call": "read", "fd": "r", "count": 1}]})");
  CHECK(cut.end == History::End::diverged);
  CHECK(three.status == Status::fail);
  CHECK(three.reason.find("expected the loop to end within 3 rounds") != std::string::npos);
  CHECK(three.standing.empty());  // so that it can be a known deviation
}

TEST_CASE("processes that could not be ended are a MISS") {
  Case source = load_case(
      R"({"id": "self.test.case", "title": "t", "asserts": ["x"], "script": [{"as": "a", "call": "getpid"}]})",
      "s.json");
  const auto program = compile(source, source.variants[0]);
  History history;
  history.end = History::End::completed;
  history.actors.resize(1);
  history.remaining.push_back(Remaining{"nameless", "child processes that nothing here names", 0});
  const Verdict verdict = judge(*program, history, Catalogue{});
  CHECK(verdict.status == Status::miss);
  CHECK(verdict.reason.find("not all processes could be ended") != std::string::npos);
}

TEST_CASE("an actor that crashes is a FAIL that names the signal") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "mmap", "into": "mem", "layout": ["u32 word"]},
    {"as": "p", "call": "munmap", "addr": "mem", "length": "page_size"},
    {"as": "p", "call": "store", "at": "mem.word", "value": 1, "asserts": ["pipe-read.eof-when-no-writer"]})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("killed by SIGSEGV") != std::string::npos);
}

TEST_CASE("a signal that no line mentions is a FAIL at the end of the script") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "sigaction", "signum": "SIGUSR1", "act": {"sa_sigaction": "log"}},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "c", "call": "kill", "pid": "p.pid", "sig": "SIGUSR1"},
    {"as": "p", "handled": []})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("SIGUSR1") != std::string::npos);
}

TEST_CASE("a dead actor that its parent did not reap is named as a zombie, and is no leak") {
  if (!sandbox_ability().pid || !sandbox_ability().proc_mount) return;
  const auto [verdict, history] = run(kEof + R"(, {"fault": "kill", "actor": "c"})");
  CHECK(verdict.status == Status::pass);
  REQUIRE(history.remaining.size() == 1);
  CHECK(history.remaining[0].kind == "zombie");
}

TEST_CASE("a requirement or sandbox that cannot be had is no verdict on the platform") {
  const auto [verdict, history] =
      run(kEof, Isolation::none, 1.0, "", R"("sandbox": {"sysctl": {"kernel.msgmni": 3}}, )");
  CHECK(verdict.status == Status::miss);
  CHECK(verdict.reason.find("no private IPC namespace") != std::string::npos);
}

TEST_CASE("a recorded answer is DONE, not PASS; an answer that is not listed is a FAIL") {
  const std::string script = R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "write", "fd": "w", "data": "x", "record": {"how many": {%: {"return": 9}, "two": {"return": 2}}},
     "asserts": ["pipe-read.eof-when-no-writer"]})";
  const auto with = [&](const char* answer) {
    std::string text = script;
    text.replace(text.find('%'), 1, answer);
    return run(text).verdict;
  };
  const Verdict unlisted = with("\"nine\"");
  CHECK(unlisted.status == Status::fail);
  CHECK(unlisted.reason.find("expected one of the answers 'nine', 'two'") != std::string::npos);
  std::string one = script;
  one.replace(one.find("%: {\"return\": 9}"), 16, "\"one\": {\"return\": 1}");
  const Verdict recorded = run(one).verdict;
  CHECK(recorded.status == Status::done);
  REQUIRE(recorded.answers.size() == 1);
  CHECK(recorded.answers[0].answer == "one");
}

TEST_CASE("a kill is done when the death is observed, and the killed writer's data is a prefix") {
  const auto [verdict, history] = run(R"({"as": "reader", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "reader", "call": "fork", "child": "writer"},
    {"as": "reader", "call": "close", "fd": "w"},
    {"as": "writer", "call": "write", "fd": "w", "data": {"pattern": 1, "length": 1048576}, "puts": "s", "expect": "blocks"},
    {"fault": "kill", "actor": "writer"},
    {"as": "reader", "until": {"return": 0}, "steps": [{"call": "read", "fd": "r", "count": 65536, "takes": "s", "expect": {"return": "1..65536"}}]})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  CHECK(history.actors[1].killed);
}

TEST_CASE("blocks that wait for each other are a standstill, found without the deadline") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "fork", "child": "c"},
    {"concurrently": [
      {"as": "p", "steps": [{"call": "read", "fd": "r", "count": 1}]},
      {"as": "c", "steps": [{"call": "read", "fd": "r", "count": 1}]}]})");
  CHECK(verdict.status == Status::fail);
  CHECK(verdict.reason.find("standstill") != std::string::npos);
  CHECK(verdict.standing.size() == 2);
}

TEST_CASE("a fault that never fires is an ERROR, not a PASS") {
  const auto [verdict, history] = run(R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "fork", "child": "c"},
    {"concurrently": [
      {"as": "c", "repeat": 3, "steps": [{"call": "write", "fd": "w", "data": "x"}]},
      {"fault": "kill", "actor": "c", "after": {"call": "write", "times": 100}}]})");
  CHECK(verdict.status == Status::error);
  CHECK(verdict.reason.find("never struck") != std::string::npos);
}

TEST_CASE("a worker that dies costs one result, not the run") {
  const Case source =
      load_case(R"({"id": "self.test.case", "title": "t", "asserts": ["x"], "script": []})", "self.json");
  std::vector<Job> jobs(6);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i] = Job{&source, 0, static_cast<int>(i)};
  RunOptions options;
  int crashed = 0;
  std::vector<int> fine;
  const bool complete = run_jobs(
      jobs, options,
      [](const Job& job) -> std::string {
        if (job.repetition == 2) ::raise(SIGKILL);
        return std::to_string(job.repetition);
      },
      [&](const JobResult& result) {
        if (result.crashed) {
          ++crashed;
          CHECK(result.job == 2);
          CHECK(result.crash_text.find("SIGKILL") != std::string::npos);
        } else {
          fine.push_back(std::stoi(result.payload));
        }
      },
      {});
  std::sort(fine.begin(), fine.end());
  CHECK(complete);
  CHECK(crashed == 1);
  CHECK(fine == std::vector<int>{0, 1, 3, 4, 5});
}

TEST_CASE("stopping early keeps what is done") {
  const Case source =
      load_case(R"({"id": "self.test.case", "title": "t", "asserts": ["x"], "script": []})", "self.json");
  const std::vector<Job> jobs(100, Job{&source, 0, 0});
  RunOptions options;
  int done = 0;
  const bool complete = run_jobs(
      jobs, options, [](const Job&) { return std::string("x"); }, [&](const JobResult&) { ++done; },
      [&] { return done >= 5; });
  CHECK_FALSE(complete);
  CHECK(done >= 5);
  CHECK(done < 100);
}
