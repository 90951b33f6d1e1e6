#include "cli/selection.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "cli/lint.hpp"
#include "report/canonical.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

std::string case_text(const std::string& id, const std::string& assertion, const std::string& parameters = "") {
  return "{\"id\": \"" + id + "\", \"title\": \"A title\", \"asserts\": [\"" + assertion + "\"]," +
         (parameters.empty() ? "" : "\"parameters\": " + parameters + ",") +
         "\"script\": [{\"as\": \"a\", \"call\": \"pipe\", \"read_end\": \"r\", \"write_end\": \"w\"}]}";
}

constexpr const char* kCatalogue = R"({"area": "pipes", "assertions": [
  {"id": "pipe-read.eof", "interface": "read", "class": "posix-shall", "statement": "S", "ref": "R"},
  {"id": "pipe-write.atomic", "interface": "write", "class": "posix-shall", "statement": "S", "ref": "R"},
  {"id": "pipe-write.other", "interface": "writev", "class": "posix-shall", "statement": "S", "ref": "R"}]})";

Library sample() {
  Library library;
  library.catalogue.add(kCatalogue, "assertions/pipes.json");
  add_cases(library, {{"c/pipe/b.json", case_text("pipe.eof.last-writer", "pipe-read.eof")},
                      {"c/pipe/a.json", case_text("pipe.atomic.many-writers", "pipe-write.atomic", R"({"n": [2, 8]})")},
                      {"c/mq/a.json", case_text("mq.send.priority", "pipe-write.atomic")}});
  REQUIRE(library.problems.empty());
  return library;
}

/// The ids of the chosen variants, or the reason there are none.
std::string chosen(const Library& library, const Selection& selection) {
  const auto jobs = select(library, selection);
  if (!jobs) return jobs.error().text;
  std::string out;
  for (const Job& job : *jobs) out += (out.empty() ? "" : " ") + job.source->variants[job.variant].id;
  return out;
}

std::string by_pattern(const std::string& pattern) {
  const Library library = sample();
  Selection selection;
  selection.patterns = {pattern};
  return chosen(library, selection);
}

TEST_CASE("selection: without a choice everything, in the order of ids") {
  CHECK(chosen(sample(), Selection{}) ==
        "mq.send.priority pipe.atomic.many-writers[n=2] pipe.atomic.many-writers[n=8] pipe.eof.last-writer");
}

TEST_CASE("selection: by id") {
  CHECK(by_pattern("pipe.eof.last-writer") == "pipe.eof.last-writer");
  CHECK(by_pattern("pipe.eof") == "pipe.eof.last-writer");
  CHECK(by_pattern("mq.") == "mq.send.priority");
  CHECK(by_pattern("*.eof.*") == "pipe.eof.last-writer");
  CHECK(by_pattern("pipe.atomic.many-writers") == "pipe.atomic.many-writers[n=2] pipe.atomic.many-writers[n=8]");
  CHECK(by_pattern("pipe.atomic.many-writers[n=8]") == "pipe.atomic.many-writers[n=8]");
  CHECK(by_pattern("*[n=2]") == "pipe.atomic.many-writers[n=2]");
}

TEST_CASE("selection: a pattern that matches nothing is wrong, and says what may be meant") {
  CHECK(by_pattern("pip") == "no case matches 'pip', did you mean 'pipe'?");
  CHECK(by_pattern("pipe.eoff") == "no case matches 'pipe.eoff', did you mean 'pipe.eof'?");
  CHECK(by_pattern("pipe.atomic.many-writers[n=9]") ==
        "no case matches 'pipe.atomic.many-writers[n=9]', did you mean 'pipe.atomic.many-writers[n=2]'?");
  CHECK(by_pattern("no-such-thing-at-all") == "no case matches 'no-such-thing-at-all'");
}

TEST_CASE("selection: by what is verified") {
  const Library library = sample();
  Selection selection;
  selection.interfaces = {"read"};
  CHECK(chosen(library, selection) == "pipe.eof.last-writer");
  selection.interfaces = {"reads"};
  CHECK(chosen(library, selection) == "--interface reads: unknown, did you mean 'read'?");
  selection.interfaces = {"writev"};
  CHECK(chosen(library, selection) == "--interface writev: no case here verifies anything of it");

  selection = Selection{};
  selection.assertions = {"pipe-read.*"};
  CHECK(chosen(library, selection) == "pipe.eof.last-writer");

  selection = Selection{};
  selection.areas = {"mq"};  // a folder
  CHECK(chosen(library, selection) == "mq.send.priority");
  selection.areas = {"pipes"};  // an area of the catalogue
  CHECK(chosen(library, selection).starts_with("mq.send.priority pipe.atomic"));
}

TEST_CASE("selection: kinds of choice narrow each other") {
  const Library library = sample();
  Selection selection;
  selection.patterns = {"pipe"};
  selection.interfaces = {"write"};
  CHECK(chosen(library, selection) == "pipe.atomic.many-writers[n=2] pipe.atomic.many-writers[n=8]");
  selection.patterns = {"pipe.eof"};
  CHECK(chosen(library, selection) == "no case meets all of these choices at once");
}

TEST_CASE("selection: exactly these variants, as far as they exist") {
  const Library library = sample();
  Selection selection;
  selection.variants = {"pipe.atomic.many-writers[n=8]", "gone.long.ago"};
  CHECK(chosen(library, selection) == "pipe.atomic.many-writers[n=8]");
  selection.variants = std::set<std::string>{};
  CHECK(chosen(library, selection).empty());
}

TEST_CASE("selection: what went wrong in a report") {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-selection-test.json").string();
  REQUIRE(replace_file(path, report_to_json(canonical_report())).has_value());
  const auto wrong = variants_with(path, {});
  REQUIRE(wrong.has_value());
  CHECK(*wrong == std::set<std::string>{"mq.notify.once", "mq.receive.blocks", "mq.send.priority",
                                        "pipe.eof.last-writer[size=1]", "pipe.eof.last-writer[size=2]"});
  CHECK(variants_with(path, {"ERROR", "SKIP"})->size() == 4);
  CHECK(variants_with(path, {"FAILS"}).error().text == "--status FAILS: unknown, did you mean 'FAIL'?");
  std::remove(path.c_str());
  CHECK_FALSE(variants_with(path, {}).has_value());
}

TEST_CASE("library: an id belongs to one case") {
  Library library = sample();
  add_cases(library, {{"d/a.json", case_text("mq.send.priority", "pipe-read.eof")}});
  REQUIRE(library.problems.empty());  // another folder may replace it
  CHECK(library.find("mq.send.priority")->file == "d/a.json");
  CHECK(library.cases.size() == 3);
  add_cases(library,
            {{"e/a.json", case_text("x.y.z", "pipe-read.eof")}, {"e/b.json", case_text("x.y.z", "pipe-read.eof")}});
  REQUIRE(library.problems.size() == 1);
  CHECK(library.problems[0].text() ==
        "e/b.json:1: /id: expected an id that no other case has, got 'x.y.z', as in e/a.json");
}

TEST_CASE("library: what is no case is left out and told") {
  Library library;
  add_cases(library, {{"a.json", "{"}, {"b.json", "{\"id\": 5}"}});
  CHECK(library.cases.empty());
  CHECK(library.problems.size() == 2);
  CHECK(is_case_file("pipe/eof.json"));
  CHECK_FALSE(is_case_file("assertions/pipe.json"));
  CHECK_FALSE(is_case_file("claims/textbooks.json"));
  CHECK_FALSE(is_case_file("guarantees/mechanisms.json"));
  CHECK_FALSE(is_case_file("saboteurs/pipe.json"));
  CHECK_FALSE(is_case_file("case.schema.json"));
  CHECK_FALSE(is_case_file("README.md"));
}

TEST_CASE("library: the digest tells what is asked from how it is told") {
  Library one = sample();
  Library other = sample();
  CHECK(one.digest() == other.digest());
  add_cases(other, {{"d/a.json", case_text("mq.send.priority", "pipe-read.eof")}});
  CHECK(one.digest() != other.digest());
}

TEST_CASE("lint: an assertion has to be in the catalogue, and on a line") {
  Library library = sample();
  add_cases(library, {{"x.json", case_text("x.y.z", "pipe-read.eoff")}});
  const auto unknown = unknown_assertions(*library.find("x.y.z"), library.catalogue);
  REQUIRE(unknown.size() == 1);
  CHECK(
      unknown[0].text() ==
      "x.json:1: /asserts/0: expected an assertion of the catalogue (cases/assertions/), got 'pipe-read.eoff', did you "
      "mean 'pipe-read.eof'?");
  CHECK(unknown_assertions(*library.find("mq.send.priority"), library.catalogue).empty());
}

TEST_CASE("lint: with more than one assertion each is carried by a step or check") {
  Library library = sample();
  add_cases(library,
            {{"x.json", R"({"id": "x.y.z", "title": "T", "asserts": ["pipe-read.eof", "pipe-write.atomic"], "script": [
    {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w", "asserts": ["pipe-read.eof"]}]})"}});
  REQUIRE(library.problems.empty());
  const auto problems = case_problems(*library.find("x.y.z"), library.catalogue);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text() ==
        "x.json:1: /asserts/1: expected a step or check with this assertion in its \"asserts\", got none");
}

TEST_CASE("lint: a problem of every variant is told once") {
  Library library = sample();
  std::string text = case_text("x.y.z", "pipe-read.eof", R"({"n": [1, 2, 3]})");
  text.replace(text.find("\"pipe\""), 6, "\"pipf\"");
  add_cases(library, {{"x.json", text}});
  CHECK(case_problems(*library.find("x.y.z"), library.catalogue).size() == 1);
}

}  // namespace
}  // namespace kipc::cli
