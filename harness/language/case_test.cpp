#include "language/case.hpp"

#include <algorithm>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "language/script.hpp"

namespace kipc {
namespace {

Case load(const std::string& keys) {
  return load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "script": [])" + keys + "}", "case.json");
}

std::string ids(const std::string& parameters) {
  std::vector<std::string> list;
  for (const Variant& variant : load(R"(, "parameters": )" + parameters).variants) list.push_back(variant.id);
  return join(list, " ");
}

}  // namespace

TEST_CASE("case: what it says of itself") {
  const Case made =
      load_case(R"({"$schema": "../case.schema.json", "id": "pipe.eof", "title": "A title", "why": "because",
    "asserts": ["read.eof", "read.blocks"], "script": []})",
                "pipe/eof.json");
  CHECK(made.file == "pipe/eof.json");
  CHECK(made.id == "pipe.eof");
  CHECK(made.folder() == "pipe");
  CHECK(made.title == "A title");
  CHECK(made.why == "because");
  CHECK(made.asserts == std::vector<std::string>{"read.eof", "read.blocks"});
  REQUIRE(made.variants.size() == 1);
  CHECK(made.variants[0].id == "pipe.eof");
}

TEST_CASE("case: an object of parameters is a cross product, a list is all its rows") {
  CHECK(ids(R"({"n": 1})") == "a.b.c");
  CHECK(ids(R"({"n": [1, 2]})") == "a.b.c[n=1] a.b.c[n=2]");
  CHECK(
      ids(R"({"size": [1, "PIPE_BUF"], "writers": [2, 8]})") ==
      "a.b.c[size=1,writers=2] a.b.c[size=1,writers=8] a.b.c[size=PIPE_BUF,writers=2] a.b.c[size=PIPE_BUF,writers=8]");
  CHECK(ids(R"([{"n": 1}, {"n": [2, 3]}])") == "a.b.c[n=1] a.b.c[n=2] a.b.c[n=3]");
}

TEST_CASE("case: the id of a variant is made of texts, of what varies, sorted by name") {
  CHECK(ids(R"({"z": [1, 2], "a": [3], "b": true})") == "a.b.c[z=1] a.b.c[z=2]");
  CHECK(ids(R"({"z": [1, 2], "a": ["x", "PIPE_BUF - 1"]})") ==
        "a.b.c[a=x,z=1] a.b.c[a=PIPE_BUF - 1,z=1] a.b.c[a=x,z=2] a.b.c[a=PIPE_BUF - 1,z=2]");
  CHECK(ids(R"({"exec": [false, true]})") == "a.b.c[exec=false] a.b.c[exec=true]");
  CHECK(ids(R"({"flags": [["A", "B"], []]})") == "a.b.c[flags=A|B] a.b.c[flags=none]");
  CHECK(ids(R"({"open": [{"name": "reading", "need": 4}, {"oflag": ["O_RDWR"], "need": 6}]})") ==
        "a.b.c[open=reading] a.b.c[open=O_RDWR+6]");
  CHECK(ids(R"({"n": [1, 1]})") == "a.b.c[] a.b.c[]#2");
}

TEST_CASE("case: steps as parameters stay whole and do not appear in ids") {
  const Case made = load(R"(, "parameters": [
    {"name": "read", "setup": [{"call": "pipe"}, {"call": "pipe2"}], "blocking": {"call": "read"}, "sa_flags": [["SA_RESTART"], []]},
    {"name": "poll", "setup": [{"call": "pipe"}], "blocking": {"call": "poll"}, "sa_flags": [[]]}])");
  REQUIRE(made.variants.size() == 3);
  CHECK(made.variants[0].id == "a.b.c[name=read,sa_flags=SA_RESTART]");
  CHECK(made.variants[1].id == "a.b.c[name=read,sa_flags=none]");
  CHECK(made.variants[2].id == "a.b.c[name=poll,sa_flags=none]");
  for (const auto& [name, value] : made.variants[0].parameters)
    if (name == "setup") CHECK(value.items.size() == 2);
}

TEST_CASE("case: the hash is that of the meaning, not of the spelling") {
  const std::string base = load(R"(, "parameters": {"n": [1, 2]})").hash;
  CHECK(base.size() == 16);
  CHECK(load(R"(,
    "parameters":    {"n": [1,2]})")
            .hash == base);
  CHECK(load(R"(, "why": "because", "$schema": "x", "parameters": {"n": [1, 2]})").hash == base);
  CHECK(load_case(R"({"script": [], "parameters": {"n": [1, 2]}, "asserts": ["x.y"], "title": "other", "id": "a.b.c"})",
                  "other.json")
            .hash == base);
  CHECK(load(R"(, "parameters": {"n": [2, 1]})").hash != base);
  CHECK(load(R"(, "parameters": {"n": [1, "2"]})").hash != base);
}

TEST_CASE("case: $name stands for a parameter's value, in the whole case") {
  const Case made = load(R"(, "parameters": {"flags": [["A"]], "open": {"oflag": ["O_RDWR"], "need": 6}, "n": 3,
    "again": {"value": "$n"}})");
  const auto replaced = [&](const std::string& json) {
    return to_json(substitute(parse_node(json, "case.json"), made.variants[0], "case.json"));
  };
  CHECK(replaced(R"(["$flags", {"x": "$open.oflag"}, "$n", "$", "a$n", "$again"])") ==
        R"([["A"], {"x": ["O_RDWR"]}, 3, "$", "a$n", {"value": 3}])");
  CHECK(replaced(R"({"$n": 1})") == R"({"$n": 1})");
}

TEST_CASE("case: steps keep their place in the file and their order") {
  const Case source = load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "parameters": {"more": [[
    {"call": "close", "fd": 2}, {"call": "close", "fd": 3}]]},
  "script": [
    {"as": "a", "call": "close", "fd": 1, "asserts": ["x.y"], "why": "first"},
    {"as": "a", "steps": ["$more",
      {"call": "close", "fd": 4}]}]})",
                                "case.json");
  const auto program = compile(source, source.variants[0]);
  REQUIRE(program->script.size() == 2);
  CHECK(program->script[0].line == 4);
  CHECK(program->script[0].pointer == "/script/0");
  CHECK(program->script[0].why == "first");
  CHECK(program->script[0].asserts == std::vector<std::string>{"x.y"});
  REQUIRE(program->steps.size() == 5);
  for (std::size_t i = 0; i < program->steps.size(); ++i) CHECK(program->steps[i]->id == static_cast<int>(i));
  const Step& block = program->script[1];
  REQUIRE(block.steps.size() == 3);
  CHECK(block.steps[0].line == 2);
  CHECK(block.steps[0].inherits);
  CHECK(block.steps[2].line == 6);
  CHECK(block.steps[2].pointer == "/script/1/steps/1");
}

TEST_CASE("case: actors, groups and who they are") {
  const Case source = load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"],
    "actors": {"one": {}, "many": {"count": 3, "user": "bob", "rlimit": {"RLIMIT_NOFILE": 16}}},
    "script": [
      {"as": "one", "call": "fork", "child": "kid", "count": 2},
      {"as": "many[1]", "call": "close", "fd": 1},
      {"as": "many", "call": "close", "fd": 1}]})",
                                "case.json");
  const auto program = compile(source, source.variants[0]);
  CHECK(program->scope.actor_count == 6);
  CHECK(program->actor_name(0) == "one");
  CHECK(program->actor_name(2) == "many[1]");
  CHECK(program->actor_name(5) == "kid[1]");
  CHECK(program->member_index(3) == 2);
  CHECK(program->uses_users);
  REQUIRE(program->roots.size() == 2);
  CHECK(program->roots[1].uid == 20001);
  CHECK(program->roots[1].rlimits[0].second == 16);
  CHECK(program->script[0].made_base == 4);
  CHECK(program->script[0].made_count == 2);
  CHECK(program->script[1].as.base == 2);
  CHECK(program->script[1].as.count == 1);
  CHECK(program->script[2].as.count == 3);
}

TEST_CASE("case: checks, channels and sections") {
  const Case source = load_case(R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"], "script": [
      {"as": "a", "call": "close", "fd": 1, "puts": "one", "enters": "s"},
      {"as": "a", "call": "close", "fd": 1, "takes": "two", "leaves": "s"},
      {"as": "a", "call": "write", "fd": 1, "data": {"record": {"size": 8}}, "puts": "two"}],
    "check": [{"exactly-once": "two", "asserts": ["x.y"]}, {"mutual-exclusion": "s"}, {"fifo": "one", "per": "a"}]})",
                                "case.json");
  const auto program = compile(source, source.variants[0]);
  REQUIRE(program->channels.size() == 2);
  CHECK(program->channels[1].name == "two");
  CHECK(program->channels[1].small_size.constant() == 8);
  CHECK(program->sections == std::vector<std::string>{"s"});
  REQUIRE(program->checks.size() == 3);
  CHECK(program->checks[0].channel == 1);
  CHECK(program->checks[0].asserts == std::vector<std::string>{"x.y"});
  CHECK(program->checks[1].channel == 0);
  CHECK(program->checks[2].checker == "fifo-per-sender");
}

TEST_CASE("case: the samples of docs/language.md compile, in every variant") {
  const std::string page = read_file(KIPC_SOURCE_DIR "/docs/language.md").value();
  const std::string fence = "```json\n";
  int samples = 0;
  for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    const std::size_t end = page.find("```", at);
    const std::string text = page.substr(at, end - at);
    at = end + 3;
    if (text.find("\"id\":") == std::string::npos) continue;
    ++samples;
    INFO(text);
    try {
      const Case source = load_case(text, "docs/language.md");
      for (const Variant& variant : source.variants) compile(source, variant);
    } catch (const CaseError& error) {
      FAIL(error.problem.text());
    }
  }
  CHECK(samples >= 5);
}

}  // namespace kipc
