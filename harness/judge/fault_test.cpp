// Faults that wait for a call, run for real: each engine by an effect it alone can cause, and the engines against each
// other. Counting is exact, and a fault that never struck is an ERROR.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/catch.hpp"
#include "engine/space.hpp"
#include "judge/run_for_tests.hpp"
#include "platform/cgroup.hpp"
#include "platform/fault_engines.hpp"

using namespace kipc;

namespace {

const std::string kFaultPipe = R"({"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},)";

std::vector<std::string> present(std::initializer_list<const char*> engines) {
  std::vector<std::string> found;
  for (const char* engine : engines)
    if (!fault_engine_missing(engine)) found.emplace_back(engine);
  return found;
}

std::string write_line(int n, bool fails) {
  return fmt::format(R"({{"as": "a", "call": "write", "fd": "w", "data": "{}", "expect": {}}},)", n % 10,
                     fails ? R"({"error": "ENOSPC"})" : R"({"return": 1})");
}

/// Groups of this process's runs that are still there.
std::vector<std::string> left_in(const std::string& folder) {
  std::vector<std::string> left;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("kipc-") && name.find(fmt::format("-{}-", ::getpid())) != std::string::npos)
      left.push_back(name);
  }
  return left;
}

/// What came back of each call, without times.
std::string returns_of(const History& history) {
  std::string text;
  for (const Event& event : history.events)
    if (event.kind == Event::Kind::returned)
      text += fmt::format("{}:{}/{} ", event.step, event.result.ret, event.result.err);
  return text;
}

}  // namespace

TEST_CASE("an errno strikes exactly the calls that are counted, by any engine alike") {
  struct Counted {
    const char* nth;
    bool (*hits)(int);
  };
  const Counted all[] = {{"2..5+2", [](int n) { return n == 2 || n == 4; }},
                         {"3", [](int n) { return n == 3; }},
                         {"4..", [](int n) { return n >= 4; }},
                         {"1..+3", [](int n) { return n % 3 == 1; }}};
  for (const auto& [nth, hits] : all) {
    std::string first;
    for (const std::string& engine : present({"seccomp-notify", "ptrace"})) {
      std::string script =
          kFaultPipe + fmt::format(R"({{"fault": "errno", "actor": "a", "call": "write", "error": "ENOSPC",
        "nth": "{}", "engine": "{}"}},)",
                                   nth, engine);
      int written = 0;
      int struck = 0;
      for (int n = 1; n <= 9; ++n) {
        script += write_line(n, hits(n));
        (hits(n) ? struck : written) += 1;
      }
      script +=
          fmt::format(R"({{"as": "a", "call": "read", "fd": "r", "count": 100, "expect": {{"return": {}}}}})", written);
      const auto [verdict, history] = run(script);
      INFO(engine << " " << nth << ": " << verdict.reason);
      CHECK(verdict.status == Status::pass);
      REQUIRE(history.injections.size() == 1);
      CHECK(history.injections[0].engine == engine);
      CHECK(history.injections[0].struck == struck);
      if (first.empty()) first = returns_of(history);
      CHECK(returns_of(history) == first);
    }
  }
}

TEST_CASE("how often a fault struck is known also of a script that went wrong") {
  for (const std::string& engine : present({"seccomp-errno", "seccomp-notify", "ptrace"})) {
    const auto [verdict, history] = run(kFaultPipe + fmt::format(R"(
      {{"fault": "errno", "actor": "a", "call": "write", "error": "EIO", "engine": "{}"}},
      {{"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {{"error": "EIO"}}}},
      {{"as": "a", "call": "write", "fd": "w", "data": "2", "expect": {{"return": 1}}}})",
                                                                 engine));
    INFO(engine);
    CHECK(verdict.status == Status::fail);
    REQUIRE(history.injections.size() == 1);
    CHECK(history.injections[0].engine == engine);
    CHECK(history.injections[0].struck == 2);
  }
}

TEST_CASE("a constant errno is given by the filter itself, and only for that argument") {
  if (present({"seccomp-errno"}).empty()) return;
  const auto [verdict, history] = run(kFaultPipe + R"(
    {"fault": "errno", "actor": "a", "call": "write", "error": "EIO", "where": {"fd": "r"}},
    {"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {"return": 1}},
    {"as": "a", "call": "write", "fd": "r", "data": "2", "expect": {"error": "EIO"}})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  REQUIRE(history.injections.size() == 1);
  CHECK(history.injections[0].engine == "seccomp-errno");
  CHECK(history.injections[0].struck == 1);
}

TEST_CASE("killed at the entry a call has no effect, killed at the exit it has") {
  struct Way {
    const char* engine;
    const char* moment;
    int bytes;
  };
  for (const auto& [engine, moment, bytes] :
       {Way{"seccomp-notify", "entry", 1}, Way{"ptrace", "entry", 1}, Way{"ptrace", "exit", 2}}) {
    if (present({engine}).empty()) continue;
    const auto [verdict, history] = run(kFaultPipe + fmt::format(R"(
      {{"as": "a", "call": "fork", "child": "b"}},
      {{"as": "a", "call": "close", "fd": "w"}},
      {{"fault": "kill", "actor": "b", "call": "write", "nth": 2, "moment": "{}", "engine": "{}"}},
      {{"as": "b", "call": "write", "fd": "w", "data": "1", "expect": {{"return": 1}}}},
      {{"as": "b", "call": "write", "fd": "w", "data": "2", "expect": {{"dies": "SIGKILL"}}}},
      {{"as": "a", "call": "read", "fd": "r", "count": 100, "expect": {{"return": {}}}}},
      {{"as": "a", "call": "read", "fd": "r", "count": 100, "expect": {{"return": 0}}}})",
                                                                 moment, engine, bytes));
    INFO(engine << " " << moment << ": " << verdict.reason);
    CHECK(verdict.status == Status::pass);
  }
}

TEST_CASE("a frozen copy is half done: killed then, the half stays; thawed, it goes on with the right bytes") {
  if (present({"userfaultfd"}).empty() || sandbox_ability().with_user) return;
  const std::string start = kFaultPipe + R"(
    {"as": "a", "call": "fork", "child": "b"},
    {"as": "a", "call": "close", "fd": "r"},
    {"as": "b", "call": "close", "fd": "w"},
    {"fault": "freeze", "actor": "a", "call": "write", "offset": 4096},
    {"as": "a", "call": "write", "fd": "w", "data": {"pattern": 7, "length": 10000}, "expect": "blocks"},)";
  const auto killed = run(start + R"({"fault": "kill", "actor": "a"},
    {"as": "b", "call": "read", "fd": "r", "count": 65536, "expect": {"return": 4096}},
    {"as": "b", "call": "read", "fd": "r", "count": 65536, "expect": {"return": 0}})");
  INFO(killed.verdict.reason);
  CHECK(killed.verdict.status == Status::pass);
  const auto thawed = run(start + R"({"fault": "thaw", "actor": "a"},
    {"as": "a", "resumes": "write", "expect": {"return": 10000}},
    {"as": "b", "call": "read", "fd": "r", "count": 65536,
     "expect": {"return": 10000, "data": {"pattern": 7, "length": 10000}}})");
  INFO(thawed.verdict.reason);
  CHECK(thawed.verdict.status == Status::pass);
}

TEST_CASE("a signal that could not reach a frozen actor is an ERROR at once") {
  if (present({"userfaultfd"}).empty() || sandbox_ability().with_user) return;
  for (const char* fault : {R"("signal", "signal": "SIGTERM")", R"("stop")"}) {
    const auto [verdict, history] = run(kFaultPipe + fmt::format(R"(
      {{"fault": "freeze", "actor": "a", "call": "write", "offset": 4096}},
      {{"as": "a", "call": "write", "fd": "w", "data": {{"pattern": 7, "length": 10000}}, "expect": "blocks"}},
      {{"fault": {}, "actor": "a"}})",
                                                                 fault));
    CHECK(verdict.status == Status::error);
    CHECK(verdict.reason.find("the actor is frozen") != std::string::npos);
  }
}

TEST_CASE("a call stopped at its entry has no effect until its actor continues") {
  if (present({"ptrace"}).empty()) return;
  const auto [verdict, history] = run(kFaultPipe + R"(
    {"as": "a", "call": "fork", "child": "b"},
    {"fault": "stop", "actor": "a", "call": "write"},
    {"as": "b", "call": "read", "fd": "r", "count": 1, "expect": "blocks"},
    {"as": "a", "call": "write", "fd": "w", "data": "1", "expect": "blocks"},
    {"as": "b", "blocked": "read"},
    {"fault": "continue", "actor": "a"},
    {"as": "a", "resumes": "write", "expect": {"return": 1}},
    {"as": "b", "resumes": "read", "expect": {"return": 1}})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}

TEST_CASE("a call that never blocks, or not for long, is held all the same") {
  if (present({"ptrace"}).empty()) return;
  const auto [verdict, history] = run(R"(
    {"as": "a", "call": "mq_open", "name": "/q", "oflag": ["O_CREAT", "O_RDWR"], "mode": "0600",
     "attr": {"mq_maxmsg": 4, "mq_msgsize": 64}, "into": "q"},
    {"as": "a", "call": "fork", "child": "b"},
    {"fault": "stop", "actor": "b", "call": "mq_unlink"},
    {"as": "b", "call": "mq_unlink", "name": "/q", "expect": "blocks"},
    {"as": "a", "call": "mq_open", "name": "/q", "oflag": ["O_RDWR"]},
    {"fault": "continue", "actor": "b"},
    {"as": "b", "resumes": "mq_unlink"},
    {"as": "a", "call": "mq_open", "name": "/q", "oflag": ["O_RDWR"], "expect": {"error": "ENOENT"}},
    {"fault": "stop", "actor": "a", "call": "poll", "moment": "exit"},
    {"as": "a", "call": "poll", "fds": [], "timeout": 1, "expect": "blocks"},
    {"fault": "continue", "actor": "a"},
    {"as": "a", "resumes": "poll", "expect": {"return": 0}})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  const auto freely = run(R"({"fault": "stop", "actor": "a", "call": "close"},
    {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "a", "call": "close", "fd": "r", "expect": "blocks"})");
  CHECK(freely.verdict.status == Status::pass);
}

TEST_CASE("a signal at the entry of a call interrupts its sleep") {
  if (present({"ptrace"}).empty()) return;
  const auto [verdict, history] = run(kFaultPipe + R"(
    {"as": "a", "call": "sigaction", "signum": "SIGUSR1", "act": {"sa_handler": "log"}},
    {"fault": "signal", "actor": "a", "signal": "SIGUSR1", "call": "read"},
    {"as": "a", "call": "read", "fd": "r", "count": 1, "expect": {"error": "EINTR"}},
    {"as": "a", "handled": [{"si_signo": "SIGUSR1"}]})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}

TEST_CASE("a delayed call lasts at least as long as it is held, and is done") {
  if (present({"seccomp-notify"}).empty()) return;
  const auto [verdict, history] = run(kFaultPipe + R"(
    {"fault": "delay", "actor": "a", "call": "write", "lasts": "20ms", "nth": 1},
    {"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {"return": 1, "lasts": "20ms"}},
    {"as": "a", "call": "read", "fd": "r", "count": 9, "expect": {"return": 1}})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}

TEST_CASE("a limit is lowered under a living actor") {
  const auto [verdict, history] = run(kFaultPipe + R"(
    {"fault": "limit", "actor": "a", "rlimit": "RLIMIT_NOFILE", "value": "w + 1"},
    {"as": "a", "call": "dup", "oldfd": "w", "into": "x", "expect": {"error": "EMFILE"}})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}

TEST_CASE("a fault that waits in vain is an ERROR, by every engine") {
  for (const std::string& engine : present({"seccomp-errno", "seccomp-notify", "ptrace"})) {
    const auto [verdict, history] = run(kFaultPipe + fmt::format(R"(
      {{"fault": "errno", "actor": "a", "call": "write", "error": "EIO", "where": {{"fd": "r"}}, "engine": "{}"}},
      {{"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {{"return": 1}}}})",
                                                                 engine));
    INFO(engine);
    CHECK(verdict.status == Status::error);
    CHECK(verdict.reason.find("never struck") != std::string::npos);
  }
}

TEST_CASE("the nth place of a call fails once; a place that the call does not have never struck") {
  if (present({"fail-nth"}).empty()) {
    WARN("no faults by fail-nth here: " << fault_engine_missing("fail-nth")->reason);
    return;
  }
  const auto with_site = [](int site, const char* expect) {
    return run(fmt::format(R"(
      {{"fault": "fail-nth", "actor": "a", "call": "eventfd", "site": {}, "nth": 2}},
      {{"as": "a", "call": "eventfd", "initval": 1, "flags": [], "into": "e"}},
      {{"as": "a", "call": "eventfd", "initval": 1, "flags": [], "into": "f"{}}},
      {{"as": "a", "call": "eventfd", "initval": 1, "flags": [], "into": "f"}})",
                           site, expect));
  };
  const auto [verdict, history] = with_site(1, R"(, "expect": {"error": "ENOMEM"})");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
  REQUIRE(history.injections.size() == 1);
  CHECK(history.injections[0].engine == "fail-nth");
  CHECK(history.injections[0].struck == 1);
  const auto never = with_site(999, "");
  CHECK(never.verdict.status == Status::error);
  REQUIRE(never.history.injections.size() == 1);
  CHECK(never.history.injections[0].struck == 0);
}

TEST_CASE("an actor that takes too much memory is killed, and nobody else; its group is gone") {
  if (present({"cgroup-memory"}).empty()) return;
  const std::string eat = R"({"as": "hog", "call": "mmap", "length": "128 << 20", "prot": ["PROT_READ", "PROT_WRITE"],
    "flags": ["MAP_PRIVATE", "MAP_ANONYMOUS", "MAP_POPULATE"], "into": "much", "expect": )";
  const std::string actors = R"("actors": {"a": {}, "hog": {"cgroup": {"memory.max": "32 << 20"}}},)";
  for (const Isolation isolation : {Isolation::automatic, Isolation::none}) {
    const auto killed = run(eat + R"({"dies": "SIGKILL"}}, {"as": "a", "call": "getpid"})", isolation, 1.0, "", actors);
    INFO(killed.verdict.reason);
    CHECK(killed.verdict.status == Status::pass);
  }
  // With no limit it is not.
  const auto lives = run(R"({"as": "a", "call": "getpid"},)" + eat + R"({"dies": "SIGKILL"}})", Isolation::automatic,
                         1.0, "", R"("actors": {"a": {}, "hog": {}},)");
  CHECK(lives.verdict.status != Status::pass);
  for (const std::string name : {"memory", "pids"})
    for (const CgroupPlace& place : cgroup_candidates(name)) CHECK(left_in(place.folder).empty());
}

TEST_CASE("a limit of processes holds for the actor alone, and is changed under it") {
  if (present({"cgroup-pids"}).empty()) return;
  const auto [verdict, history] =
      run(R"({"as": "a", "call": "fork", "child": "b", "expect": {"error": "EAGAIN"}},
    {"as": "free", "call": "fork", "child": "c"},
    {"fault": "limit", "actor": "a", "cgroup": "pids.max", "value": 2},
    {"as": "a", "call": "fork", "child": "d"},
    {"as": "a", "call": "fork", "child": "e", "expect": {"error": "EAGAIN"}})",
          Isolation::automatic, 1.0, "", R"("actors": {"a": {"cgroup": {"pids.max": 1}}, "free": {}},)");
  INFO(verdict.reason);
  CHECK(verdict.status == Status::pass);
}
