#include "cli/rejudge.hpp"

#include "base/catch.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

using How = Rejudged::How;

Library library_of(const std::string& script, const std::string& rest = "") {
  Library library;
  library.catalogue = embedded_catalogue();
  const std::string text = R"({"id": "pipe.test.case", "title": "A test of kipc itself",
    "asserts": ["pipe-read.eof-when-no-writer"], )" +
                           rest + R"("script": [)" + script + "]}";
  add_cases(library, {{"test.json", text}});
  for (const Problem& problem : library.problems) FAIL(problem.text());
  return library;
}

/// Runs it for real, and sends the report through JSON.
VariantReport run(const Library& library) {
  WorkSettings settings;
  settings.options.keep_history = true;
  settings.catalogue = &library.catalogue;
  settings.sandbox = ability_for(Isolation::automatic, sandbox_ability());
  const VariantReport ran = run_one(Job{&library.cases[0], 0, 0}, settings);
  REQUIRE(ran.history.has_value());
  return variant_from_json_line(variant_to_json_line(ran), "test");
}

std::string verdict_of(VariantReport report) {
  report.history.reset();
  return variant_to_json_line(report);
}

const std::string kPipe = R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
  {"as": "p", "call": "write", "fd": "w", "data": "ab"},)";

std::string read_of(const std::string& expect) {
  return R"({"as": "p", "call": "read", "fd": "r", "count": 16, "expect": )" + expect + "}";
}

TEST_CASE("judge again: the same case comes to the same verdict") {
  for (const char* expect :
       {R"({"return": 2, "data": "ab"})", R"({"return": 3})", R"({"error": "EAGAIN"})", R"("blocks")"}) {
    const Library library = library_of(kPipe + read_of(expect));
    const VariantReport stored = run(library);
    const Rejudged again = judge_again(stored, library, {});
    INFO(expect);
    CHECK(again.how == How::judged);
    CHECK(verdict_of(again.report) == verdict_of(stored));
  }
}

TEST_CASE("judge again: a corrected expectation turns a FAIL into a PASS") {
  const VariantReport stored = run(library_of(kPipe + read_of(R"({"return": 3})")));
  CHECK(stored.verdict.status == Status::fail);
  const Rejudged again = judge_again(stored, library_of(kPipe + read_of(R"({"return": 2})")), {});
  CHECK(again.how == How::by_changed);
  CHECK(again.report.verdict.status == Status::pass);
  CHECK(again.report.verdict.assertions.at(0).what == AssertionOutcome::What::verified);
  // And a PASS into a FAIL.
  const VariantReport passed = run(library_of(kPipe + read_of(R"({"return": 2})")));
  const Rejudged now = judge_again(passed, library_of(kPipe + read_of(R"({"return": 2, "data": "ax"})")), {});
  CHECK(now.report.verdict.status == Status::fail);
  CHECK(now.report.verdict.reason.find("\"ab\", not \"ax\"") != std::string::npos);
}

TEST_CASE("judge again: what lies behind the line that was wrong has to be run") {
  const std::string rest = R"(, {"as": "p", "call": "close", "fd": "w"})";
  const VariantReport stored = run(library_of(kPipe + read_of(R"({"return": 3})") + rest));
  const Rejudged again = judge_again(stored, library_of(kPipe + read_of(R"({"return": 2})") + rest), {});
  CHECK(again.how == How::by_changed);
  CHECK(again.report.verdict.status == Status::miss);
  CHECK(again.report.verdict.reason.find("run it again") != std::string::npos);
}

TEST_CASE("judge again: a known deviation is one when it is judged again, too") {
  const Library library = library_of(kPipe + read_of(R"({"return": 3})"));
  const VariantReport stored = run(library);
  Deviation known;
  known.id = "d";
  known.variants = "pipe.test.*";
  known.got = stored.verdict.got;
  known.why = "why";
  CHECK(judge_again(stored, library, {known}).report.verdict.status == Status::xfail);
}

TEST_CASE("judge again: a case that makes other calls is not the one of the history") {
  const VariantReport stored = run(library_of(kPipe + read_of(R"({"return": 2})")));
  const std::string other = R"({"as": "p", "call": "pipe", "read_end": "r", "write_end": "w"},
    {"as": "p", "call": "write", "fd": "w", "data": "xy"},)" +
                            read_of(R"({"return": 2})");
  const Rejudged again = judge_again(stored, library_of(other), {});
  CHECK(again.how == How::not_the_same);
  CHECK(again.why == "the history has \"write(w, \"ab\") = 2\", the case now makes \"write(w, \"xy\") = 2\"");
  CHECK(verdict_of(again.report) == verdict_of(stored));
}

TEST_CASE("judge again: without a history, or without the case, the verdict stays") {
  const Library library = library_of(kPipe + read_of(R"({"return": 2})"));
  VariantReport stored = run(library);
  CHECK(judge_again(stored, Library{}, {}).how == How::no_case);
  stored.history.reset();
  CHECK(judge_again(stored, library, {}).how == How::no_history);
}

TEST_CASE("judge again: a history that was tampered with leads nobody astray") {
  const Library library = library_of(kPipe + read_of(R"({"return": 2})"));
  const VariantReport stored = run(library);
  const std::vector<void (*)(History&)> changes = {
      [](History& h) { h.events[1].step = 99; },
      [](History& h) { h.events[1].call = -5; },
      [](History& h) { h.events[1].kind = Event::Kind::resumed; },
      [](History& h) { h.events[1].kind = Event::Kind::counted; },
      [](History& h) { h.events[2].result.outs.at(0).param = 99; },
      [](History& h) {
        h.standing.push_back(Standing{0, 99, ""});
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    VariantReport broken = stored;
    changes[i](broken.history->history);
    INFO(i);
    CHECK(judge_again(broken, library, {}).how == How::not_the_same);
  }
}

}  // namespace
}  // namespace kipc::cli
