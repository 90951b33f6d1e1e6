// Expressions where a case uses them: what is known at once, what only the run tells, and over which names.
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <csignal>

#include "base/catch.hpp"
#include "language/script.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

constexpr const char* kParameters =
    R"({"size": "PIPE_BUF - 1", "mode": "0640", "twice": "2 * size", "shift": 3, "yes": true,
  "flags": [["SA_RESTART", "0600"]], "open": {"oflag": ["O_RDWR"], "need": 6}, "half": "size / 2"})";

/// The case with one step that has this count; nothing runs.
std::unique_ptr<Program> with_count(const std::string& count, const std::string& before = "") {
  const Case source =
      load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "actors": {"a": {}, "w": {"count": 3}},
    "parameters": )" +
                    std::string(kParameters) + R"(, "script": [)" + before +
                    R"({"as": "a", "call": "read", "fd": 0, "count": )" + count + "}]}",
                "case.json");
  return compile(source, source.variants[0]);
}

const Expr& count_of(const Program& program) {
  const Step& step = program.script.back();
  return step.args[static_cast<std::size_t>(step.row->param("count"))]->expr;
}

std::int64_t constant(const std::string& expression) {
  const auto program = with_count("\"" + expression + "\"");
  const auto value = count_of(*program).constant();
  REQUIRE(value);
  return *value;
}

}  // namespace

TEST_CASE("expressions: C literals and operators") {
  CHECK(constant("1 + 2 * 3") == 7);
  CHECK(constant("(1 + 2) * 3") == 9);
  CHECK(constant("0600") == 384);
  CHECK(constant("0x10 | 1 << 3") == 24);
  CHECK(constant("-7 / 2") == -3);
  CHECK(constant("-7 % 2") == -1);
  CHECK(constant("7 - 2 - 1") == 4);
  CHECK(constant("1 < 2 && 2 <= 2 && !(3 > 4)") == 1);
  CHECK(constant("6 & 3 ^ 1") == 3);
  CHECK(constant("1 ? 2 : 0 ? 3 : 4") == 2);
  CHECK(constant("0 ? 2 : 0 ? 3 : 4") == 4);
  CHECK(constant("~0") == -1);
  CHECK(constant("5 == 5 != 0") == 1);
}

TEST_CASE("expressions: parameters, constants and functions") {
  CHECK(constant("size") == PIPE_BUF - 1);
  CHECK(constant("twice") == 2 * (PIPE_BUF - 1));
  CHECK(constant("mode >> shift & 7") == 4);
  CHECK(constant("open.need") == 6);
  CHECK(constant("yes") == 1);
  CHECK(constant("page_size") == ::sysconf(_SC_PAGESIZE));
  CHECK(constant("EAGAIN == EWOULDBLOCK") == 1);
  CHECK(constant("SIGRTMIN + 1") == SIGRTMIN + 1);
  CHECK(constant("sizeof(int) + sizeof(u64)") == 12);
  CHECK(constant("CMSG_SPACE(3 * sizeof(int))") == static_cast<std::int64_t>(CMSG_SPACE(12)));
  CHECK(constant("min(3, max(1, 2))") == 2);
  CHECK(constant("users.root") == 0);
  CHECK(constant("users.bob != users.carol") == 1);
}

TEST_CASE("expressions: a word in a list") {
  CHECK(constant("SA_RESTART in flags") == 1);
  CHECK(constant("SA_SIGINFO in flags") == 0);
  CHECK(constant("shift == 3 && O_RDWR in open.oflag") == 1);
}

TEST_CASE("expressions: a number or a boolean is one, too") {
  CHECK(count_of(*with_count("17")).constant() == 17);
  CHECK(count_of(*with_count("true")).constant() == 1);
}

TEST_CASE("expressions: what is bound or happens is known only at run time") {
  TestEnv env;
  const auto program = with_count(R"("n * 2 + w[1].pid")", R"({"as": "a", "call": "getpid", "into": "n"}, )");
  const Expr& count = count_of(*program);
  CHECK_FALSE(count.constant());
  CHECK_THROWS_AS(count.eval(env), EvalError);
  Cell& cell = env.cell(CellScope::global, -1, program->script[0].into->cell);
  cell.value = 21;
  cell.bound = 1;
  CHECK(count.eval(env) == 42 + env.fact(2, ActorFact::pid));
  cell.value = INT64_MAX;
  CHECK_THROWS_AS(count.eval(env), EvalError);
}

TEST_CASE("expressions: a sysctl is looked up at the start of the variant") {
  const auto program = with_count(R"("kernel.msgmni + fs.mqueue.msg_max")");
  CHECK(program->scope.sysctls == std::vector<std::string>{"kernel.msgmni", "fs.mqueue.msg_max"});
  CHECK_FALSE(count_of(*program).constant());
}

TEST_CASE("expressions: fields of bound structures and of memory") {
  TestEnv env;
  const auto program = with_count(
      R"("ds.msg_qbytes + m.slot[1]")",
      R"({"as": "a", "call": "msgctl", "msqid": 0, "cmd": "IPC_STAT", "buf": "ds"}, {"as": "a", "call": "mmap", "into": "m", "layout": ["u32 x", "u64 slot[2]"]}, )");
  const std::uint64_t memory[3] = {1, 2, 40};
  Cell& cell = env.cell(CellScope::process, -1, program->script[1].into->cell);
  cell.value = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(memory));
  cell.bound = 1;
  CHECK(count_of(*program).eval(env) == 40);
}

TEST_CASE("expressions: a condition that is known leaves the step in or out") {
  const auto when = [](const std::string& condition) {
    const Case source = load_case(
        R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "parameters": {"n": 2, "how": ["wait", "handler"]},
      "script": [{"when": )" +
            condition + R"(, "as": "a", "call": "close", "fd": 1}]})",
        "case.json");
    return compile(source, source.variants[0])->script[0].when.constant;
  };
  CHECK(when("\"n == 2\""));
  CHECK_FALSE(when("\"n > 2\""));
  CHECK(when("true"));
  CHECK(when(R"({"n": 2, "how": "wait"})"));
  CHECK_FALSE(when(R"({"n": 2, "how": "handler"})"));
}

}  // namespace kipc
