#include "language/print.hpp"

#include <sys/wait.h>

#include "base/catch.hpp"
#include "base/text.hpp"
#include "language/match.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

/// A case of these keys ("script" among them), compiled. Lines count from the first of `keys`.
std::unique_ptr<Program> compiled(const std::string& keys, std::size_t variant = 0) {
  const Case source = load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], )" + keys + "}", "case.json");
  return compile(source, source.variants.at(variant));
}

std::string trace(const std::string& keys, std::size_t variant = 0) {
  return "\n" + join(trace_lines(*compiled(keys, variant)), "\n") + "\n";
}

/// The line of the only step of `actors` a and b and group w of 3.
std::string line(const std::string& step) {
  const auto program = compiled(R"("actors": {"a": {}, "w": {"count": 3}}, "script": [)" + step + "]");
  return step_line(*program, program->script.back());
}

}  // namespace

TEST_CASE("print: the trace of a case reads like strace") {
  CHECK(trace(R"("script": [
{"as": "parent", "call": "pipe", "read_end": "r", "write_end": "w"},
{"as": "parent", "call": "fork", "child": "writer"},
{"as": "parent", "call": "close", "fd": "w"},
{"as": "writer", "call": "write", "fd": "w", "data": "hello", "expect": {"return": 5}},
{"as": "parent", "call": "read", "fd": "r", "count": 16, "expect": {"return": 5, "data": "hello"}},
{"as": "parent", "call": "read", "fd": "r", "count": 16, "expect": "blocks"},
{"fault": "kill", "actor": "writer"},
{"as": "parent", "resumes": "read", "expect": {"return": 0}}])") == R"(
2  parent  pipe([r, w]) = 0
3  parent  fork() = writer
4  parent  close(w) = 0
5  writer  write(w, "hello") = 5
6  parent  read(r, 16) = 5 "hello"
7  parent  read(r, 16) = ?  <blocks>
8  -- kill writer (SIGKILL) --
9  parent  <... read resumed> = 0
)");
}

TEST_CASE("print: groups, any one of them, all but one") {
  CHECK(trace(R"("actors": {"sender": {}, "receiver": {"count": 3}}, "script": [
{"as": "sender", "call": "mq_open", "name": "/q", "oflag": ["O_CREAT", "O_RDWR"], "mode": "0600", "attr": {"mq_maxmsg": 4}, "into": "q"},
{"as": "receiver", "call": "mq_open", "name": "/q", "oflag": ["O_RDWR"], "into": "q"},
{"as": "receiver", "call": "mq_receive", "mqdes": "q", "msg_len": 64, "expect": "blocks"},
{"as": "sender", "call": "mq_send", "mqdes": "q", "data": "hello", "msg_prio": 3},
{"as": {"any": 1, "of": "receiver", "named": "winner"}, "resumes": "mq_receive", "expect": {"return": 5, "data": "hello", "msg_prio": 3}},
{"as": {"of": "receiver", "except": "winner"}, "blocked": "mq_receive"},
{"as": "winner", "call": "mq_getattr", "mqdes": "q", "expect": {"attr": {"mq_curmsgs": 0}}}])") == R"(
2  sender    mq_open("/q", O_CREAT|O_RDWR, 0600, {mq_maxmsg=4}) = q
3  receiver  mq_open("/q", O_RDWR) = q
4  receiver  mq_receive(q, 64) = ?  <blocks>
5  sender    mq_send(q, "hello", msg_prio=3) = 0
6  receiver (any, called winner)  <... mq_receive resumed> = 5 "hello" msg_prio=3
7  receiver except winner  still in mq_receive
8  winner    mq_getattr(q) = 0 attr={mq_curmsgs=0}
)");
}

TEST_CASE("print: concurrently with its loops") {
  CHECK(trace(R"("parameters": {"writers": [2, 8]}, "script": [
{"as": "reader", "call": "pipe", "read_end": "r", "write_end": "w"},
{"as": "reader", "call": "fork", "child": "writer", "count": "writers"},
{"concurrently": [
{"as": "writer", "repeat": 2000, "counter": "i", "steps": [
{"call": "write", "fd": "w", "data": {"record": {"size": 16}}, "puts": "stream", "expect": {"return": 16}}]},
{"fault": "kill", "actor": "writer[0]", "after": {"call": "write", "times": 500}},
{"as": "reader", "until": {"return": 0}, "steps": [
{"call": "read", "fd": "r", "count": 65536, "takes": "stream"}]}]},
{"as": "reader", "steps": [
{"call": "close", "fd": "r"}]}], "check": [{"whole-records": "stream"}])",
              1) == R"(
 2  reader  pipe([r, w]) = 0
 3  reader  fork() = writer[0..7]
 4          concurrently:
 5  writer    repeat 2000, counting i:
 6              write(w, {record of 16}) = 16  puts stream
 7    -- kill writer[0] (SIGKILL) after 500 x write --
 8  reader    until = 0:
 9              read(r, 65536) = ok  takes stream
11  reader  close(r) = 0
)");
}

TEST_CASE("print: steps whose condition is false in this variant are left out") {
  const std::string keys = R"("parameters": {"how": ["one", "two"]}, "script": [
{"when": {"how": "one"}, "as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
{"when": {"how": "two"}, "as": "a", "call": "pipe2", "flags": [], "read_end": "r", "write_end": "w"},
{"as": "a", "call": "read", "fd": "r", "count": 1, "record": {"what": {"sleeps": "blocks", "fails": {"error": "EAGAIN"}}}},
{"when": {"what": "fails"}, "as": "a", "call": "close", "fd": "r"},
{"when": {"what": "sleeps"}, "steps": [
{"as": "a", "resumes": "read"}]}])";
  CHECK(trace(keys) == R"(
2  a  pipe([r, w]) = 0
4  a  read(r, 1) = ?  <recorded as "what"; sleeps: <blocks>; fails: -1 EAGAIN>
5  a  close(r) = 0  [when what is fails]
6     when what is sleeps:
7  a    <... read resumed> = ok
)");
  CHECK(trace(keys, 1).find("3  a  pipe2(0, [r, w]) = 0\n") != std::string::npos);
}

TEST_CASE("print: every kind of result") {
  const auto result = [](const std::string& expect) {
    const std::string text = line(R"({"as": "a", "call": "read", "fd": 0, "count": 64, "expect": )" + expect + "}");
    return text.substr(text.find(" = ") + 3);
  };
  CHECK(result(R"({"return": "1..64"})") == "1..64");
  CHECK(result(R"({"return": [0, 1]})") == "0 or 1");
  CHECK(result(R"({"return": ">= 0", "rest": "untouched"})") == ">= 0 rest untouched");
  CHECK(result(R"({"error": "EAGAIN"})") == "-1 EAGAIN");
  CHECK(result(R"({"error": ["EAGAIN", "EWOULDBLOCK"], "lasts": "20ms"})") ==
        "-1 EAGAIN or EWOULDBLOCK after 20ms at least");
  CHECK(result(R"({"data": {"prefix_of": {"fill": "x", "length": "page_size"}}})") ==
        "ok a prefix of {fill \"x\", page_size}");
  CHECK(result(R"([{"return": 0}, {"error": "EIO"}, "blocks"])") == "0 or -1 EIO or <blocks>");
  CHECK(result(R"("any")") == "anything");
  CHECK(result(R"({"dies": "SIGPIPE"})") == "?  +++ killed by SIGPIPE +++");
  CHECK(result(R"({"if": "1 + 1 == 2", "then": {"return": 1}, "else": {"error": "EIO"}})") == "1");
  CHECK(result(R"({"if": "a.pid > 1", "then": {"return": 1}, "else": {"error": "EIO"}})") ==
        "1 if a.pid > 1, else -1 EIO");
}

TEST_CASE("print: what was expected and what came, in the same words") {
  TestEnv env;
  const auto expected = [&](const std::string& call) {
    const auto program = compiled(R"("parameters": {"n": 2}, "script": [{"as": "a", )" + call + "}]");
    return expectation_text(program->script.back().expect, env);
  };
  const auto of_read = [&](const std::string& expect) {
    return expected(R"("call": "read", "fd": 0, "count": 64, "expect": )" + expect);
  };
  CHECK(of_read(R"({"return": "n + 3", "data": "hello"})") == "return 5, \"hello\"");
  CHECK(of_read(R"({"data": {"starts": "he"}, "rest": "untouched"})") == "starts with \"he\", rest untouched");
  CHECK(of_read(R"([{"error": ["EAGAIN", "EIO"], "lasts": "20ms"}, "blocks"])") ==
        "EAGAIN or EIO, after 20ms at least or to block");
  CHECK(of_read("{}") == "success");
  CHECK(of_read(R"("any")") == "anything");
  CHECK(expected(R"("call": "mq_getattr", "mqdes": 0, "expect": {"attr": {"mq_curmsgs": "n"}})") ==
        "attr={mq_curmsgs=n}");
  CallResult came;
  came.ret = 5;
  came.outs.push_back(Out{find_row("read")->param("data"), "hello"});
  CHECK(result_text(*find_row("read"), came) == "5 \"hello\"");
}

TEST_CASE("print: data and structures") {
  const auto call = [](const std::string& keys) {
    const auto program = compiled(R"("parameters": {"n": 2}, "script": [{"as": "a", )" + keys + "}]");
    return call_text(program->script.back());
  };
  CHECK(call(R"("call": "write", "fd": 1, "data": "a\n\"b\"")") == R"(write(1, "a\n\"b\""))");
  CHECK(call(R"("call": "write", "fd": 1, "data": {"pattern": 7, "length": 1048576}, "count": 3)") ==
        "write(1, {pattern 7, 1048576}, 3)");
  CHECK(call(R"("call": "write", "fd": -1, "data": {"u64": 1})") == "write(-1, {u64 1})");
  CHECK(call(R"("call": "write", "fd": -1, "data": {"hex": "00ff"})") == "write(-1, {hex 00ff})");
  CHECK(call(R"("call": "write", "fd": -1, "data": "unmapped", "count": 1)") == "write(-1, unmapped, 1)");
  CHECK(
      call(
          R"("call": "writev", "fd": 1, "iov": ["a", "", {"times": "n", "of": {"fill": "b", "length": 3}}, {"hex": "00"}])") ==
      R"(writev(1, ["a", "", {times=n, of={fill "b", 3}}, {hex 00}]))");
  CHECK(call(R"("call": "execve", "pathname": {"program": "cat"}, "argv": ["cat", {"verbatim": "{"}], "envp": [])") ==
        R"(execve(<program cat>, ["cat", "{"], []))");
  CHECK(call(R"("call": "execve", "pathname": "/bin/cat", "envp": ["A=b"])") == R"(execve("/bin/cat", envp=["A=b"]))");
  CHECK(call(R"("call": "mq_open", "name": "/q", "oflag": [], "into": "q")") == "mq_open(\"/q\", 0)");
}

TEST_CASE("print: what is no call") {
  CHECK(line(R"({"as": "a", "handled": [{"si_signo": "SIGUSR1", "si_pid": "w[0].pid"}]})") ==
        "a  --- SIGUSR1 {si_pid=w[0].pid} handled ---");
  CHECK(line(R"({"as": "a", "handled": [{"si_signo": "SIGUSR1"}, {"si_signo": "SIGUSR2"}], "any_order": true})") ==
        "a  --- SIGUSR1, SIGUSR2 handled in any order ---");
  CHECK(line(R"({"as": "a", "handled": []})") == "a  --- no signal handled ---");
  CHECK(line(R"({"as": "w[1]", "dies": "SIGPIPE"})") == "w[1]  +++ killed by SIGPIPE +++");
  CHECK(line(R"({"as": "w[3 - 1]", "dies": "SIGPIPE"})") == "w[2]  +++ killed by SIGPIPE +++");
  CHECK(line(R"({"as": "a", "dies": {"exit": 3}})") == "a  +++ exited with 3 +++");
  CHECK(line(R"({"fault": "stop", "actor": "w"})") == "-- stop w (SIGSTOP) --");
  CHECK(line(R"({"fault": "continue", "actor": "w"})") == "-- continue w (SIGCONT) --");
  CHECK(line(R"({"fault": "signal", "signal": "SIGUSR1", "actor": "w[0]"})") == "-- signal w[0] (SIGUSR1) --");
  CHECK(line(R"({"as": "w", "until": {"return": 1}, "at_most": 4, "steps": [{"call": "getpid"}]})") ==
        "w  until = 1, within 4 rounds:");
  CHECK(line(R"({"as": "w", "in_turn": true, "steps": [{"blocked": "read"}]})") == "w  in turn:");
  CHECK(line(R"({"as": "a", "while": "a.pid == 1", "steps": []})") == "a  while a.pid == 1:");
}

TEST_CASE("print: a history shows what happened, in the same words") {
  const auto program = compiled(R"("actors": {"a": {}, "b": {"count": 2}}, "script": [
{"as": "a", "call": "write", "fd": 1, "data": "hello", "expect": {"return": 5}},
{"as": "b", "call": "read", "fd": 0, "count": 16, "expect": "blocks"},
{"as": {"any": 1, "of": "b", "named": "winner"}, "resumes": "read", "expect": {"return": 0}},
{"fault": "kill", "actor": "a"},
{"concurrently": [
{"as": "b", "repeat": 10, "steps": [{"call": "read", "fd": 0, "count": 1, "takes": "c"}]}]},
{"as": "b", "dies": "SIGPIPE"}])");
  History history;
  history.begin_ns = 1'000'000;
  history.end = History::End::deadline;
  history.end_text = "time is up";
  const auto event = [&](Event::Kind kind, int step, int actor, std::int64_t at) -> Event& {
    Event made;
    made.kind = kind;
    made.step = step;
    made.actor = actor;
    if (at != 0) made.result.begin_ns = history.begin_ns + at;
    history.events.push_back(made);
    return history.events.back();
  };
  event(Event::Kind::returned, 0, 0, 12'345).result.ret = 5;
  event(Event::Kind::slept, 1, 1, 20'000);
  event(Event::Kind::slept, 1, 2, 1'234'567'000);
  Event& resumed = event(Event::Kind::resumed, 2, 2, 0);
  resumed.call = 1;
  resumed.result.ret = 0;
  resumed.result.end_ns = history.begin_ns + 1'234'568'000;
  event(Event::Kind::chosen, 2, 2, 0);
  event(Event::Kind::still_blocked, 1, 1, 0);
  event(Event::Kind::fault, 3, 0, 0);
  event(Event::Kind::stray_death, 7, 1, 0).status = SIGPIPE;
  Event& error = event(Event::Kind::error, 7, 1, 0);
  error.text = "no more";
  BlockLog log;
  log.block = 5;
  log.actor = 1;
  log.calls = 10;
  log.items = {Item{}, Item{}, Item{}};
  log.items[0].what = Item::What::take;
  log.items[0].begin = history.begin_ns + 5'000'000'000;
  log.items[1].what = Item::What::take;
  log.items[2].what = Item::What::torn;
  Mismatch mismatch;
  mismatch.step = 6;
  mismatch.round = 8;
  mismatch.result.ret = -1;
  mismatch.result.err = EIO;
  mismatch.why = "expected success, got -1 EIO";
  log.mismatches = {mismatch};
  history.logs = {log};
  history.standing = {Standing{2, 1, "asleep in read (pipe_read)"}};
  history.remaining = {Remaining{"mq", "/q", 0}, Remaining{"shm", "", 7}};
  CHECK("\n" + join(history_lines(*program, history), "\n") + "\n" == R"(
     +12.3 µs  a     write(1, "hello") = 5
     +20.0 µs  b[0]  read(0, 16) <unfinished ... blocked>
+1234567.0 µs  b[1]  read(0, 16) <unfinished ... blocked>
+1234568.0 µs  b[1]  <... read resumed> = 0
               b[1]  it is this one: winner
               b[0]  still in read
               a     -- kill a (SIGKILL) --
+5000000.0 µs  b[0]  concurrently: 10 calls, 2 items taken, 1 torn items, 1 unexpected results, not finished
               b[0]    round 8: read(0, 1) = -1 EIO  expected success, got -1 EIO
               b[0]  +++ killed by SIGPIPE +++, where no line says so
               b[0]  ERROR: no more
                     time is up
               b[1]  asleep in read (pipe_read), line 3
                     left behind: mq /q
                     left behind: shm 7
)");
}

}  // namespace kipc
