#include "values/program_types.hpp"

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

TEST_CASE("an image is a path, or a program that was given by name") {
  TestBench bench;
  CHECK(bench.marshal(image_path_type(), R"("/bin/cat")").text() == std::string("/bin/cat"));
  CHECK(program_named(bench.arg).empty());
  CHECK(bench.marshal(image_path_type(), R"({"program": "peer"})").text() == std::string("/programs/peer"));
  CHECK(program_named(bench.arg) == "peer");
  CHECK(bench.problem(image_path_type(), R"({"program": "a/b"})") ==
        "test.json:1: /program: expected a name of letters, digits, '.', '_' and '-', for --program NAME=PATH, got the "
        "string \"a/b\"");
  CHECK(bench.problem(image_path_type(), R"({"program": "a", "argv": []})").find("'argv'") != std::string::npos);
}

TEST_CASE("a list of texts ends with a null pointer, and its parts are evaluated") {
  TestBench bench;
  const Slot slot = bench.marshal(text_list_type(), R"(["cat", "{1 + 2}", {"verbatim": "a{b}"}, "null", ""])");
  REQUIRE(slot.n == 5);
  auto** texts = static_cast<char**>(slot.p);
  CHECK(std::string(texts[0]) == "cat");
  CHECK(std::string(texts[1]) == "3");
  CHECK(std::string(texts[2]) == "a{b}");
  CHECK(std::string(texts[3]) == "null");
  CHECK(std::string(texts[4]).empty());
  CHECK(texts[5] == nullptr);
  CHECK(static_cast<char**>(bench.marshal(text_list_type(), "[]").p)[0] == nullptr);
  CHECK(bench.problem(text_list_type(), R"("cat")") ==
        "test.json:1: expected a list of texts, such as [\"cat\", \"-u\"], got the string \"cat\"");
  CHECK(bench.problem(text_list_type(), "[1]") == "test.json:1: /0: expected a text, or {\"verbatim\": TEXT}, got 1");
}

}  // namespace
}  // namespace kipc
