#include "language/schema.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "calls/row.hpp"
#include "language/case.hpp"
#include "language/compile.hpp"
#include "language/json_schema_for_tests.hpp"
#include "language/line_difference_for_tests.hpp"

namespace kipc {
namespace {

using Json = nlohmann::json;

const JsonSchema& validator() {
  static const JsonSchema made(Json::parse(case_schema()));
  return made;
}

/// What the schema says of a case with this script.
std::string problems(const std::string& script) {
  const Json value = Json::parse(
      R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "actors": {"a": {}}, "script": [)" + script + "]}");
  return join(validator().validate(value), "\n");
}

bool compiles(const std::string& script) {
  const std::string text =
      R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "actors": {"a": {}}, "script": [)" + script + "]}";
  try {
    const Case source = load_case(text, "case.json");
    compile(source, source.variants[0]);
    return true;
  } catch (const CaseError&) {
    return false;
  }
}

/// The shipped cases, by path.
std::vector<std::string> shipped_cases() {
  namespace fs = std::filesystem;
  const fs::path cases = KIPC_SOURCE_DIR "/cases";
  std::vector<std::string> paths;
  for (const auto& folder : fs::directory_iterator(cases)) {
    const std::string name = folder.path().filename();
    constexpr std::string_view kOther[] = {"assertions", "claims", "deviations", "guarantees", "saboteurs"};
    if (!folder.is_directory() || std::find(std::begin(kOther), std::end(kOther), name) != std::end(kOther)) continue;
    for (const auto& file : fs::recursive_directory_iterator(folder.path()))
      if (file.path().extension() == ".json") paths.push_back(file.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("schema: every reference leads somewhere, and every call has a definition") {
  const Json schema = Json::parse(case_schema());
  const std::string text = schema.dump();
  const std::regex reference("\"\\$ref\":\"#/\\$defs/([^\"]*)\"");
  for (std::sregex_iterator at(text.begin(), text.end(), reference), end; at != end; ++at) {
    INFO((*at)[1]);
    REQUIRE(schema.at("$defs").contains((*at)[1].str()));
  }
  for (const Row& row : call_table()) {
    INFO(row.name);
    CHECK(schema.at("$defs").contains("call." + std::string(row.name)));
  }
}

TEST_CASE("schema: cases/case.schema.json is up to date") {
#if defined(__x86_64__) && defined(__GLIBC__)
  const std::string path = KIPC_SOURCE_DIR "/cases/case.schema.json";
  INFO("to renew it: kipc schema > cases/case.schema.json");
  const auto stored = read_file(path);
  REQUIRE(stored);
  CHECK(line_difference(stored.value(), case_schema()) == "");
#else
  SUCCEED("the constants of this platform's headers may differ");
#endif
}

TEST_CASE("schema: every shipped case is valid") {
  for (const std::string& path : shipped_cases()) {
    INFO(path);
    const auto text = read_file(path);
    REQUIRE(text);
    CHECK(join(validator().validate(Json::parse(text.value())), "\n") == "");
  }
}

TEST_CASE("schema: what the compiler accepts is valid") {
  for (
      const char* step : {
          R"({"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"})",
          R"({"as": "a", "call": "pipe2", "flags": ["O_NONBLOCK", 0, "0"], "read_end": "r", "write_end": "w", "why": "x"})",
          R"({"as": "a", "call": "read", "fd": 0, "count": "PIPE_BUF - 1", "expect": [{"return": [0, 1]}, "blocks"], "when": "1"})",
          R"({"as": "a", "call": "read", "fd": -1, "count": 1, "expect": {"error": ["EBADF", "EIO"]}, "asserts": ["x.y"]})",
          R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": {"if": "1", "then": "any", "else": {"return": 1}}})",
          R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": {"data": {"starts": "x"}, "rest": "untouched"}})",
          R"({"as": "a", "call": "read", "fd": 0, "count": 1, "record": {"q": {"x": "blocks", "y": {"return": 1}}}})",
          R"({"as": "a", "call": "write", "fd": 0, "data": {"fill": "x", "length": 9}, "puts": "c"})",
          R"({"as": "a", "call": "fork", "child": "b", "count": 3})",
          R"({"as": "a", "call": "mq_open", "name": {"fill": "/", "length": 300}, "oflag": [], "into": "q"})",
          R"({"as": "a", "call": "mmap", "into": "m", "layout": ["u64 slot[8]", "pthread_mutex_t m"]})",
          R"({"as": "a", "call": "fcntl", "fd": 0, "cmd": "F_SETLK", "lock": {"l_type": "F_WRLCK"}})",
          R"({"as": "a", "call": "fcntl", "fd": 0, "cmd": "F_GETFD"})",
          R"({"as": "a", "resumes": "read", "expect": {"return": 0, "data": ""}})",
          R"({"as": "a", "blocked": "read"})",
          R"({"as": "a", "call": "mq_getattr", "mqdes": 0, "expect": {"attr": {"mq_flags": "!= 0"}}})",
          R"({"as": "a", "handled": [{"si_signo": "SIGUSR1", "si_pid": "a.pid"}], "any_order": true})",
          R"({"as": "a", "dies": {"exit": 3}})",
          R"({"as": "a", "dies": "SIGKILL"})",
          R"({"fault": "signal", "signal": "SIGUSR1", "actor": "a"})",
          R"({"as": "a", "repeat": 3, "counter": "i", "steps": [{"call": "write", "fd": 1, "data": {"u64": "i"}}]})",
          R"({"as": "a", "until": {"return": 0}, "steps": [{"call": "close", "fd": 1}]})",
          R"({"concurrently": [{"as": "a", "while": "0", "steps": []}, {"fault": "kill", "actor": "a", "after": {"call": "read", "times": 2}}]})",
      }) {
    INFO(step);
    CHECK(problems(step) == "");
    CHECK(compiles(step));
  }
}

TEST_CASE("schema: what the compiler refuses for its shape is not valid") {
  for (const char* step : {
           R"({"as": "a", "call": "raed", "fd": 0, "count": 1})",
           R"({"as": "a", "call": "read", "fd": 0})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "flags": []})",
           R"({"as": "a", "call": "read", "fd": [0], "count": 1})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": {"retrun": 1}})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": "block"})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": []})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": {"if": "1", "then": "any"}})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "record": {"q": {"x": "blocks"}}})",
           R"({"as": "a", "call": "fork"})",
           R"({"as": "a", "call": "close", "fd": 1, "layout": ["u32 x"]})",
           R"({"as": "a", "call": "mmap", "into": "m", "layout": ["u33 x"]})",
           R"({"as": "a", "call": "fcntl", "fd": 0, "cmd": "F_SETLK"})",
           R"({"as": "a", "call": "fcntl", "fd": 0, "cmd": "F_GETFD", "lock": {"l_type": "F_WRLCK"}})",
           R"({"as": "a", "call": "pipe2", "flags": "O_NONBLOCK", "read_end": "r", "write_end": "w"})",
           R"({"as": "a", "blocked": "read", "expect": {"return": 1}})",
           R"({"as": "a", "handled": {"si_signo": "SIGUSR1"}})",
           R"({"fault": "explode", "actor": "a"})",
           R"({"fault": "kill"})",
           R"({"as": "a", "repeat": 3, "until": {"return": 0}, "steps": [{"call": "close", "fd": 1}]})",
           R"({"concurrently": [], "measure": "x"})",
           R"({"concurrently": [], "expect": {"return": 0}})",
           R"({"as": "a", "concurrently": []})",
           R"({"as": "a", "counter": "i", "steps": []})",
           R"({"as": "a", "in_turn": true, "repeat": 2, "steps": []})",
           R"({"as": "a", "repeat": 2, "at_most": 2, "steps": []})",
           R"({"as": "a", "in_turn": 1, "steps": []})",
           R"({"as": {"any": 1, "of": "w", "named": "x"}, "call": "close", "fd": 1})",
           R"({"as": "a", "resumes": "close"})",
           R"({"as": "a", "resumes": "read", "into": "x"})",
           R"({"as": "a", "starts": "fork"})",
           R"({"as": "a", "call": "fork", "child": "b", "thread": "t"})",
           R"({"fault": "kill", "actor": "a", "signal": "SIGUSR1"})",
           R"({"as": "a", "call": "read", "fd": 0, "count": 1, "expect": {"error": []}})",
           R"({"as": "a"})",
           R"(["steps"])",
       }) {
    INFO(step);
    CHECK(problems(step) != "");
    CHECK_FALSE(compiles(step));
  }
}

TEST_CASE("schema: a parameter may stand for any value") {
  CHECK(problems(R"("$step", {"as": "$who", "steps": "$steps"},
                    {"as": "a", "call": "$call"},
                    {"as": "a", "call": "mq_open", "name": "$name", "oflag": "$flags", "attr": "$attr", "expect": "$expect"},
                    {"as": "a", "call": "mq_open", "name": "/q", "oflag": ["$flag"], "attr": {"mq_flags": "$flags", "mq_maxmsg": "$n"}},
                    {"as": "a", "call": "read", "fd": "$fd", "count": 1, "expect": {"error": "$error", "data": "$data"}},
                    {"as": "a", "call": "fcntl", "fd": 0, "cmd": "$cmd", "lock": "$lock"},
                    {"as": "a", "handled": "$signals"}, {"as": "a", "resumes": "$call", "expect": {"return": 1}})") ==
        "");
}

TEST_CASE("schema: the keys of a case") {
  const auto problems_of = [](const std::string& keys) {
    return join(validator().validate(
                    Json::parse(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "script": [])" + keys + "}")),
                "\n");
  };
  CHECK(problems_of("") == "");
  CHECK(problems_of(R"(, "$schema": "../case.schema.json", "why": "w", "parameters": {"n": [1, 2]})") == "");
  CHECK(problems_of(R"(, "parameters": [{"n": 1}, {"n": [2, 3]}])") == "");
  CHECK(problems_of(R"(, "requires": [{"limit": "RLIMIT_NOFILE", "at_least": 700}, {"users": 3, "for": ["x.y"]}])") ==
        "");
  CHECK(problems_of(R"(, "actors": {"a": {"user": "bob", "count": 3, "rlimit": {"RLIMIT_NOFILE": 16}}})") == "");
  CHECK(
      problems_of(
          R"(, "sandbox": {"sysctl": {"kernel.msgmni": 3}, "mount": {"/dev/shm": {"size": "1M"}}, "network": true})") ==
      "");
  CHECK(problems_of(R"(, "check": [{"exactly-once": "c", "asserts": ["x.y"]}, {"fifo": "c", "per": "w"}])") == "");
  for (const char* keys :
       {R"(, "scripts": [])", R"(, "parameters": 1)", R"(, "requires": [{"kernel": "5.1"}])",
        R"(, "requires": [{"limit": "RLIMIT_NOFILES"}])", R"(, "actors": {})", R"(, "actors": {"a": {"users": "bob"}})",
        R"(, "actors": {"a": {"rlimit": {"NOFILE": 1}}})", R"(, "actors": {"a": {"capabilities": ["SYS_ADMIN"]}})",
        R"(, "owed": {})", R"(, "sandbox": {"sysctls": {}})", R"(, "check": [{"exactly": "c"}])",
        R"(, "check": [{}])"}) {
    INFO(keys);
    CHECK(problems_of(keys) != "");
  }
}

}  // namespace kipc
