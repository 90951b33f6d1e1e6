#include "model/catalogue.hpp"

#include "base/catch.hpp"
#include "model/node.hpp"

namespace kipc {
namespace {

std::string with(const std::string& member) {
  return R"({"area": "pipe", "assertions": [
{"id": "a.b", "interface": "read", "class": "posix-shall", "statement": "It reads.", "ref": "POSIX")" +
         member + "}]}";
}

std::string problem_of(const std::string& text) {
  try {
    Catalogue().add(text, "pipe.json");
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

TEST_CASE("catalogue: what is left out is false") {
  Catalogue catalogue;
  catalogue.add(with(R"(, "checked": true, "priority": false)"), "pipe.json");
  const Assertion* found = catalogue.find("a.b");
  REQUIRE(found != nullptr);
  CHECK(found->area == "pipe");
  CHECK(found->checked);
  CHECK_FALSE(found->priority);
  CHECK_FALSE(found->multi_process);
}

TEST_CASE("catalogue: a flag is true or false, and nothing else") {
  CHECK(problem_of(with("")) == "no problem");
  for (const char* key : {"checked", "multi_process", "priority"}) {
    INFO(key);
    CHECK(problem_of(with(std::string(", \"") + key + "\": \"true\"")) ==
          std::string("pipe.json:2: /assertions/0/") + key + ": expected true or false, got the string \"true\"");
    CHECK(problem_of(with(std::string(", \"") + key + "\": 1")) ==
          std::string("pipe.json:2: /assertions/0/") + key + ": expected true or false, got 1");
  }
}

}  // namespace
}  // namespace kipc
