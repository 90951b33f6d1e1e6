// The sweep itself: it covers what it says, finds nothing where nothing is broken, and finds each breakage of a
// guarantee that survivors are owed.
#include "explore/explore.hpp"

#include <algorithm>
#include <map>

#include "base/catch.hpp"

using namespace kipc;

namespace {

Exploration sweep(const std::string& script, const std::vector<Manner>& manners, const std::string& saboteur = "",
                  double slow = 1) {
  const Case source = load_case(R"({"id": "self.test.case", "title": "t", "asserts": ["pipe-read.eof-when-no-writer"],
    "script": [)" + script + "]}",
                                "self.json");
  RunOptions options;
  options.saboteur = saboteur;
  options.slow = slow;
  Exploring what;
  what.manners = manners;
  return explore(source, source.variants.at(0), options, what, embedded_catalogue());
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

// Each rule is held against a platform that breaks it: nothing may be found on a sound one, and something on that.

const std::string kRobust = R"(
  {"as": "p", "call": "mmap", "into": "mem", "layout": ["pthread_mutex_t m"]},
  {"as": "p", "call": "pthread_mutex_init", "mutex": "mem.m", "attr": {"pshared": true, "robust": true}},
  {"as": "p", "call": "fork", "child": "c", "count": 3},
  {"as": "p", "call": "pthread_mutex_lock", "mutex": "mem.m"})";

TEST_CASE("a dead owner of a robust mutex that nobody hears of is found, by who looks and by who waits") {
  const std::string waited =
      kRobust + R"(, {"as": "c", "call": "pthread_mutex_lock", "mutex": "mem.m", "expect": "blocks"})";
  for (const std::string& script : {kRobust, waited}) {
    const Exploration sound = sweep(script, {Manner::kill});
    CHECK(sound.violations.empty());
    CHECK(sound.with_unruled == 0);
    CHECK_FALSE(sweep(script, {Manner::kill}, "owner-death-hidden").violations.empty());
  }
}

TEST_CASE("of several waiters for a mutex of a dead owner one is owed it, and of one that is not robust nobody") {
  const std::string waiters = R"(
    {"as": "p", "call": "mmap", "into": "mem", "layout": ["pthread_mutex_t m"]},
    {"as": "p", "call": "pthread_mutex_init", "mutex": "mem.m", "attr": {"pshared": true, "robust": $robust}},
    {"as": "p", "call": "fork", "child": "c", "count": 3},
    {"as": "p", "call": "pthread_mutex_lock", "mutex": "mem.m"},
    {"as": "c", "call": "pthread_mutex_lock", "mutex": "mem.m", "expect": "blocks"})";
  for (const char* robust : {"true", "false"}) {
    std::string script = waiters;
    script.replace(script.find("$robust"), 7, robust);
    const Exploration found = sweep(script, {Manner::kill, Manner::stop_kill});
    CHECK(found.violations.empty());
    CHECK(found.unreachable.empty());
    CHECK(found.with_unruled == 0);
  }
}

TEST_CASE("locks, ends, attachments and listeners that a death does not release are found") {
  const std::string files = R"(
    {"as": "p", "call": "open", "path": "f", "flags": ["O_CREAT", "O_RDWR"], "mode": "0600", "into": "fd"},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "c", "call": "open", "path": "f", "flags": ["O_RDWR"], "into": "own"},)";
  const std::map<std::string, std::string> scripts = {
      {"record lock, to be looked at", files + R"(
         {"as": "c", "call": "fcntl", "fd": "own", "cmd": "F_SETLK", "lock": {"l_type": "F_WRLCK", "l_len": 10}})"},
      {"record lock, waited for", files + R"(
         {"as": "c", "call": "fcntl", "fd": "own", "cmd": "F_SETLK", "lock": {"l_type": "F_WRLCK", "l_len": 10}},
         {"as": "p", "call": "fcntl", "fd": "fd", "cmd": "F_SETLKW", "lock": {"l_type": "F_RDLCK"}, "expect": "blocks"})"},
      {"lock of a description", files + R"(
         {"as": "c", "call": "fcntl", "fd": "own", "cmd": "F_OFD_SETLK", "lock": {"l_type": "F_WRLCK"}})"},
      {"flock, to be looked at", files + R"({"as": "c", "call": "flock", "fd": "own", "operation": ["LOCK_EX"]})"},
      {"flock, waited for", files + R"(
         {"as": "c", "call": "flock", "fd": "own", "operation": ["LOCK_EX"]},
         {"as": "p", "call": "flock", "fd": "fd", "operation": ["LOCK_SH"], "expect": "blocks"})"},
      {"segment", R"(
         {"as": "p", "call": "shmget", "key": "IPC_PRIVATE", "size": 4096, "shmflg": ["IPC_CREAT", "0600"], "into": "id"},
         {"as": "p", "call": "fork", "child": "c"},
         {"as": "c", "call": "shmat", "shmid": "id", "into": "mem"})"},
      {"connection, to be looked at", R"(
         {"as": "p", "call": "socket", "domain": "AF_UNIX", "type": ["SOCK_STREAM"], "into": "l"},
         {"as": "p", "call": "bind", "sockfd": "l", "addr": {"sun_path": "s"}},
         {"as": "p", "call": "fork", "child": "c"},
         {"as": "p", "call": "listen", "sockfd": "l", "backlog": 4},
         {"as": "c", "call": "close", "fd": "l"},
         {"as": "c", "call": "socket", "domain": "AF_UNIX", "type": ["SOCK_STREAM"], "into": "s"},
         {"as": "c", "call": "connect", "sockfd": "s", "addr": {"sun_path": "s"}},
         {"as": "p", "call": "accept", "sockfd": "l", "into": "a"})"},
      {"connection, waited for", R"(
         {"as": "p", "call": "socketpair", "domain": "AF_UNIX", "type": ["SOCK_STREAM"], "first": "x", "second": "y"},
         {"as": "p", "call": "fork", "child": "c"},
         {"as": "p", "call": "close", "fd": "y"},
         {"as": "c", "call": "close", "fd": "x"},
         {"as": "p", "call": "recv", "sockfd": "x", "len": 8, "expect": "blocks"})"},
      {"poll", R"(
         {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
         {"as": "p", "call": "fork", "child": "c"},
         {"as": "p", "call": "close", "fd": "w"},
         {"as": "c", "call": "getpid"},
         {"as": "p", "call": "poll", "fds": [{"fd": "r", "events": ["POLLIN"]}], "timeout": "forever", "expect": "blocks"})"},
      {"adjustment, waited for", R"(
         {"as": "p", "call": "semget", "key": "IPC_PRIVATE", "nsems": 1, "semflg": ["IPC_CREAT", "0600"], "into": "id"},
         {"as": "p", "call": "semctl", "semid": "id", "semnum": 0, "cmd": "SETVAL", "val": 1},
         {"as": "p", "call": "fork", "child": "c"},
         {"as": "c", "call": "semop", "semid": "id", "sops": [{"sem_num": 0, "sem_op": -1, "sem_flg": ["SEM_UNDO"]}]},
         {"as": "p", "call": "semop", "semid": "id", "sops": [{"sem_num": 0, "sem_op": -1}], "expect": "blocks"})"},
  };
  for (const auto& [what, script] : scripts) {
    INFO(what);
    const Exploration sound = sweep(script, {Manner::kill, Manner::stop_kill});
    CHECK(sound.refused.empty());
    CHECK(sound.violations.empty());
    CHECK(sound.unreachable.empty());
    CHECK(sound.with_unruled == 0);
    CHECK_FALSE(sweep(script, {Manner::kill}, "death-releases-nothing").violations.empty());
  }
}

TEST_CASE("end-of-file of a connection that left nothing unread is no reset, and a dead listener refuses") {
  const std::string script = R"(
    {"as": "p", "call": "socket", "domain": "AF_UNIX", "type": ["SOCK_STREAM"], "into": "l"},
    {"as": "p", "call": "bind", "sockfd": "l", "addr": {"sun_path": "s"}},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "p", "call": "listen", "sockfd": "l", "backlog": 4},
    {"as": "c", "call": "close", "fd": "l"},
    {"as": "c", "call": "socket", "domain": "AF_UNIX", "type": ["SOCK_STREAM"], "into": "s"},
    {"as": "c", "call": "connect", "sockfd": "s", "addr": {"sun_path": "s"}},
    {"as": "p", "call": "accept", "sockfd": "l", "into": "a"})";
  CHECK(sweep(script, {Manner::kill}).violations.empty());
  // Some of the shorter cases that are tried then read for ever: they end at a deadline, here an early one.
  CHECK_FALSE(sweep(script, {Manner::kill}, "eof-as-reset", 0.02).violations.empty());
  CHECK_FALSE(sweep(script, {Manner::kill}, "connect-without-listener").violations.empty());
}

TEST_CASE("the first, the middle and the last round of a block are explored from within") {
  const std::string loop = R"(
    {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "p", "call": "close", "fd": "w"},
    {"as": "c", "repeat": 5, "counter": "i", "steps": [
      {"call": "write", "fd": "w", "data": {"fill": "x", "length": "i + 1"}},
      {"call": "write", "fd": "w", "data": "y"}]})";
  const Exploration found = sweep(loop, {Manner::kill});
  // p alone before pipe and fork; both before close, the block, and at the end; and before the first write of rounds 2
  // and 4, the second of rounds 0, 2 and 4.
  CHECK(found.points == 2 + 2 * 3 + 2 * 5);
  CHECK(found.violations.empty());
  CHECK(found.unreachable.empty());
  CHECK(sweep(loop, {Manner::kill}, "swallow-eof").violated >= 6);
}

TEST_CASE("who runs freely is killed at its calls, and the checkers judge what went through") {
  const std::string script = R"(
    {"as": "reader", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "reader", "call": "fork", "child": "writer", "count": 2},
    {"as": "reader", "call": "close", "fd": "w"},
    {"concurrently": [
      {"as": "writer", "steps": [
        {"repeat": 40, "steps": [{"call": "write", "fd": "w", "data": {"record": {"size": 64}}, "puts": "items"}]},
        {"call": "close", "fd": "w"}]},
      {"as": "reader", "until": {"return": 0}, "steps": [
        {"call": "read", "fd": "r", "count": 4096, "takes": "items"}]}]}], "check": [{"exactly-once": "items"})";
  const Exploration sound = sweep(script, {Manner::midway});
  CHECK(sound.refused.empty());
  CHECK(sound.points >= 8);  // writes 1, 20, 40 and the close, at the entry and the exit
  CHECK(sound.violations.empty());
  CHECK_FALSE(sweep(script, {Manner::midway}, "death-releases-nothing").violations.empty());
}

TEST_CASE("a name that is left behind after it was removed is a leak") {
  const std::string script = R"(
    {"as": "p", "call": "mq_open", "name": "/q", "oflag": ["O_CREAT", "O_RDWR"], "mode": "0600", "into": "q"},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "c", "call": "shm_open", "name": "/m", "oflag": ["O_CREAT", "O_RDWR"], "mode": "0600", "into": "m"},
    {"as": "c", "call": "shm_unlink", "name": "/m"},
    {"as": "c", "call": "mq_unlink", "name": "/q"})";
  const Exploration sound = sweep(script, {Manner::kill});
  CHECK(sound.refused.empty());
  CHECK(sound.points == 2 + 2 * 4);
  CHECK(sound.violations.empty());
  CHECK(sweep(script, {Manner::kill}, "unlink-ignored").refused.find("leak: ") != std::string::npos);
}

TEST_CASE("sleepers that no rule speaks of are counted") {
  const Exploration found = sweep(R"(
    {"as": "p", "call": "mmap", "into": "mem", "layout": ["u32 word"]},
    {"as": "p", "call": "fork", "child": "c", "count": 2},
    {"as": "p", "call": "futex", "futex_op": "FUTEX_LOCK_PI", "uaddr": "mem.word"},
    {"as": "c[0]", "call": "futex", "futex_op": "FUTEX_LOCK_PI", "uaddr": "mem.word", "expect": "blocks"})",
                                  {Manner::kill});
  CHECK(found.with_unruled == 2);  // p and c[1], at the end
  CHECK(found.unruled_calls.at("futex") == 2);
}

TEST_CASE("a violation is shown without the lines and actors that it does not need") {
  const std::string script = R"(
    {"as": "p", "call": "getpid"},
    {"as": "p", "call": "pipe", "read_end": "other", "write_end": "another"},
    {"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "fork", "child": "c"},
    {"as": "p", "call": "fork", "child": "idler"},
    {"as": "idler", "call": "close", "fd": "w"},
    {"as": "p", "call": "close", "fd": "w"},
    {"as": "c", "call": "getpid"},
    {"as": "p", "call": "read", "fd": "r", "count": 16, "expect": "blocks"})";
  const Exploration found = sweep(script, {Manner::kill}, "swallow-eof");
  const auto asleep = std::find_if(found.violations.begin(), found.violations.end(), [](const Violation& violation) {
    return violation.replay.find("\"resumes\"") != std::string::npos;
  });
  REQUIRE(asleep != found.violations.end());
  INFO(asleep->replay);
  CHECK(asleep->replay.find("getpid") == std::string::npos);
  CHECK(asleep->replay.find("another") == std::string::npos);
  CHECK(asleep->replay.find("idler") == std::string::npos);
  const Case again = load_case(asleep->replay, "replay.json");
  CHECK(again.root().find("script")->items.size() == 6);  // pipe, fork, close, read; kill; resumes
}

TEST_CASE("a sample has a part of the points, the same for the same seed") {
  const Case source = load_case(R"({"id": "self.test.case", "title": "t", "asserts": ["pipe-read.eof-when-no-writer"],
    "script": [)" + kPipe + "]}",
                                "self.json");
  const auto points = [&](std::int64_t one_in, std::uint64_t seed) {
    Exploring what;
    what.manners = {Manner::kill, Manner::stop_kill};
    what.one_in = one_in;
    what.seed = seed;
    return explore(source, source.variants.at(0), {}, what, embedded_catalogue()).points;
  };
  const std::int64_t all = points(1, 0);
  std::int64_t some = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) some += points(3, seed);
  CHECK(some > 0);
  CHECK(some < 8 * all * 2 / 3);
  CHECK(points(3, 5) == points(3, 5));
}

TEST_CASE("what fails without a fault is not explored") {
  const Exploration found = sweep(R"({"as": "p", "call": "getpid", "expect": {"return": -5}})", {Manner::kill});
  CHECK(found.points == 0);
  CHECK_FALSE(found.refused.empty());
}
