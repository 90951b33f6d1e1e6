// The golden messages of compile_errors.txt, compile_fault_errors.txt and compile_case_errors.txt: what is broken has
// to be named with its line, its place in the file, what was expected there and what was found, and a suggestion where
// one is likely.
#include <sstream>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "language/script.hpp"

namespace kipc {
namespace {

struct Broken {
  std::string section;
  std::string text;
  std::string message;
};

void read_table(const char* file, std::vector<Broken>& table) {
  std::istringstream lines(read_file(std::string(KIPC_SOURCE_DIR "/harness/language/") + file).value());
  std::vector<std::string> block;
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# ", 0) == 0) {
      section = line.substr(2);
    } else if (line.rfind("case.json:", 0) == 0) {
      table.push_back(Broken{section, join(block, "\n"), line});
      block.clear();
    } else {
      block.push_back(line);
    }
  }
  INFO(file << " ends with a case that has no message");
  REQUIRE(block.empty());
}

std::string with_step(const std::string& step) {
  return R"({"id": "a.b.c", "title": "t", "asserts": ["x.y"],
 "actors": {"a": {}, "w": {"count": 3}}, "parameters": {"size": 16, "list": [["A"]], "round": "round"},
 "script": [
)" + step +
         "\n]}";
}

std::string message_of(const std::string& text) {
  try {
    const Case source = load_case(text, "case.json");
    compile(source, source.variants.at(0));
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "it compiles";
}

}  // namespace

TEST_CASE("compile errors: every broken case has its message") {
  std::vector<Broken> table;
  read_table("compile_errors.txt", table);
  read_table("compile_fault_errors.txt", table);
  read_table("compile_case_errors.txt", table);
  read_table("compile_timed_errors.txt", table);
  REQUIRE(table.size() > 200);
  for (const Broken& broken : table) {
    INFO(broken.text);
    CHECK(message_of(broken.section == "cases" ? broken.text : with_step(broken.text)) == broken.message);
  }
}

TEST_CASE("compile errors: a case names its file") {
  try {
    load_case("{}", "cases/pipe/eof.json");
    FAIL("it loads");
  } catch (const CaseError& error) {
    CHECK(error.problem.file == "cases/pipe/eof.json");
    CHECK(error.problem.line == 1);
  }
}

}  // namespace kipc
