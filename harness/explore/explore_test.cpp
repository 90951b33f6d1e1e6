// The sweep itself: it covers what it says, finds nothing where nothing is broken, and finds each breakage of a
// guarantee that survivors are owed.
#include "explore/explore.hpp"

#include "base/catch.hpp"

using namespace kipc;

namespace {

Exploration sweep(const std::string& script, const std::vector<Manner>& manners, const std::string& saboteur = "") {
  const Case source = load_case(R"({"id": "self.test.case", "title": "t", "asserts": ["pipe-read.eof-when-no-writer"],
    "script": [)" + script + "]}",
                                "self.json");
  RunOptions options;
  options.saboteur = saboteur;
  return explore(source, source.variants.at(0), options, manners, embedded_catalogue());
}

const std::string kPipe = R"(
  {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
  {"as": "p", "call": "fork", "child": "c"},
  {"as": "p", "call": "close", "fd": "w"},
  {"as": "p", "call": "read", "fd": "r", "count": 16, "expect": "blocks"},
  {"as": "c", "call": "write", "fd": "w", "data": "hello"},
  {"as": "p", "resumes": "read", "expect": {"return": 5}},
  {"as": "c", "call": "write", "fd": "w", "data": "more"})";

}  // namespace

TEST_CASE("every living actor dies before every line and at the end; the survivors get what they are owed") {
  const Exploration found = sweep(kPipe, {Manner::kill});
  // p alone before the first two lines; p and c before close, read, the first write, the second, and at the end.
  CHECK(found.points == 2 + 2 * 5);
  CHECK(found.unreachable.empty());
  CHECK(found.violations.empty());
  CHECK(found.owed > 10);
  CHECK(found.refused.empty());
}

TEST_CASE("the other manners are explored where they apply") {
  const Exploration found = sweep(kPipe, {Manner::stop_kill, Manner::terminate, Manner::error});
  CHECK(found.points > 2 * 12);
  for (const std::string& text : found.unreachable) INFO(text);
  CHECK(found.violations.empty());
}

TEST_CASE("a platform that swallows end-of-file is found, with a case that shows it again") {
  const Exploration found = sweep(kPipe, {Manner::kill}, "swallow-eof");
  REQUIRE_FALSE(found.violations.empty());
  const Violation& first = found.violations.front();
  const Case again = load_case(first.replay, "replay.json");
  RunOptions options;
  options.saboteur = "swallow-eof";
  const auto program = compile(again, again.variants.at(0));
  const History broken = run_variant(*program, again, again.variants.at(0), options);
  CHECK(judge(*program, broken, embedded_catalogue()).status != Status::pass);
  options.saboteur = "";
  const History sound = run_variant(*program, again, again.variants.at(0), options);
  CHECK(judge(*program, sound, embedded_catalogue()).status == Status::pass);
}

TEST_CASE("adjustments that are not undone are found") {
  const std::string script = R"(
    {"as": "p", "call": "semget", "key": "IPC_PRIVATE", "nsems": 1, "semflg": ["IPC_CREAT", "0600"], "into": "id"},
    {"as": "p", "call": "semctl", "semid": "id", "semnum": 0, "cmd": "GETVAL", "expect": {"return": 0}},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "c", "call": "semop", "semid": "id", "sops": [{"sem_num": 0, "sem_op": 3, "sem_flg": ["SEM_UNDO"]}]},
    {"as": "p", "call": "semctl", "semid": "id", "semnum": 0, "cmd": "GETVAL", "expect": {"return": 3}})";
  CHECK(sweep(script, {Manner::kill}).violations.empty());
  CHECK_FALSE(sweep(script, {Manner::kill}, "sem-undo-dropped").violations.empty());
}

TEST_CASE("what fails without a fault is not explored") {
  const Exploration found = sweep(R"({"as": "p", "call": "getpid", "expect": {"return": -5}})", {Manner::kill});
  CHECK(found.points == 0);
  CHECK_FALSE(found.refused.empty());
}
