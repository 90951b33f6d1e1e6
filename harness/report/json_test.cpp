#include "report/json.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "report/canonical.hpp"
#include "report/replaced_for_tests.hpp"

namespace kipc {
namespace {

std::string report_problem(const std::string& text, bool lines = false) {
  try {
    (void)(lines ? report_from_json_lines(text, "r.json") : report_from_json(text, "r.json"));
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

std::string lines_of(const Report& report) {
  std::string text = start_to_json_line(report) + "\n";
  for (const VariantReport& variant : report.variants) text += variant_to_json_line(variant) + "\n";
  return text + end_to_json_line(report) + "\n";
}

TEST_CASE("json: a report comes back as it was written") {
  const std::string text = report_to_json(canonical_report());
  const Report back = report_from_json(text, "r.json");
  CHECK(report_to_json(back) == text);
  CHECK(back.complete);
  CHECK(back.platform.limits.at("RLIMIT_NOFILE").hard == kUnlimited);
  CHECK(back.platform.limits.at("RLIMIT_MSGQUEUE").soft == 819200);
  CHECK(back.settings.seed == 42);
  REQUIRE(back.variants.size() == 12);
  CHECK(back.variants[0].verdict.trace.size() == 3);
  CHECK(back.variants[3].remaining[1].id == 32768);
  REQUIRE(back.variants[5].faults.size() == 1);
  CHECK(back.variants[5].faults[0].engine == "seccomp-notify");
  CHECK(back.variants[5].faults[0].struck == 7);
}

TEST_CASE("json: without what happened, the rest of a report is the same") {
  Report report = canonical_report();
  const std::string whole = report_to_json(report);
  REQUIRE(std::any_of(report.variants.begin(), report.variants.end(),
                      [](const VariantReport& one) { return one.history.has_value(); }));
  for (VariantReport& variant : report.variants) variant.history.reset();
  CHECK(report_to_json(report_from_json(whole, "r.json", ReportPart::results)) == report_to_json(report));
  CHECK(report_to_json(report_from_json(whole, "r.json")) == whole);
}

TEST_CASE("json: every status and every outcome is in the canonical report") {
  const Report report = canonical_report();
  const Counts counts = count_statuses(report.variants);
  for (const StatusRow& row : kStatuses) {
    INFO(row.name);
    CHECK(counts[static_cast<std::size_t>(row.status)] > 0);
  }
  const std::string text = report_to_json(report);
  for (const char* outcome : {"\"verified\"", "\"failed\"", "\"recorded\"", "\"not reached\""}) {
    INFO(outcome);
    CHECK(text.find(outcome) != std::string::npos);
  }
}

TEST_CASE("json: each variant stands on a line of its own") {
  const std::string text = report_to_json(canonical_report());
  CHECK(text.find("\n{\"case\":\"pipe.eof.last-writer\",\"variant\":\"pipe.eof.last-writer[size=1]\"") !=
        std::string::npos);
  CHECK(text.ends_with("\n]\n}\n"));
}

TEST_CASE("json: lines hold the same as the whole") {
  const Report report = canonical_report();
  const Report back = report_from_json_lines(lines_of(report), "r.jsonl");
  CHECK(report_to_json(back) == report_to_json(report));
}

TEST_CASE("json: what is no report at all, and what is one that cannot be read") {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-is-other.json").string();
  const auto other = [&](const std::string& text) {
    REQUIRE(replace_file(path, text).has_value());
    return is_other_json(path);
  };
  const Report report = canonical_report();
  CHECK(other("{}"));
  CHECK(other("[1.5]\n"));
  CHECK(other("{\n  \"outcome\": \"ok\",\n  \"wall_seconds\": 1.5\n}\n"));
  CHECK(other("{\"format\":\"kipc-measure\",\n\"results\": []}\n"));
  CHECK(other("{\"inner\":{\"format\":\"kipc-report\"}}"));
  CHECK(other("{\"a\":1}\n{\"a\":2}\n"));
  CHECK_FALSE(other(report_to_json(report)));
  CHECK_FALSE(other(lines_of(report)));
  CHECK_FALSE(other("{\"variants\": [], \"format\": \"kipc-report\"}"));
  CHECK_FALSE(other("{\"variants\": [], \"for"));
  CHECK_FALSE(other(start_to_json_line(report) + "\n{\"type"));
  CHECK_FALSE(other(""));
  std::filesystem::remove(path);
  CHECK_FALSE(is_other_json(path));
}

TEST_CASE("json: a variant's line is what a worker sends to its parent") {
  const VariantReport variant = canonical_failure("[size=1]", "3");
  const std::string line = variant_to_json_line(variant);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(variant_to_json_line(variant_from_json_line(line, "worker")) == line);
}

TEST_CASE("json: an interrupted stream is read as far as it goes") {
  const std::string text = lines_of(canonical_report());
  const std::string without_end = text.substr(0, text.rfind("{\"type\":\"end\""));
  CHECK_FALSE(report_from_json_lines(without_end, "r.jsonl").complete);
  CHECK(report_from_json_lines(without_end, "r.jsonl").variants.size() == 12);
  const std::string cut = without_end.substr(0, without_end.size() - 40);
  CHECK_FALSE(report_from_json_lines(cut, "r.jsonl").complete);
  CHECK(report_from_json_lines(cut, "r.jsonl").variants.size() == 11);
}

TEST_CASE("json: what is no report is refused with its place") {
  const std::string text = report_to_json(canonical_report());
  CHECK(report_problem("{}") == "r.json:1: expected \"format\": \"kipc-report\", got an empty object");
  CHECK(report_problem(replaced(text, "kipc-report", "junit")) ==
        "r.json:2: /format: expected \"kipc-report\", got the string \"junit\"");
  CHECK(report_problem(replaced(text, "\"format_version\": 2", "\"format_version\": 3")) ==
        "r.json:3: /format_version: expected a report of version 1 to 2, which this kipc reads, got 3");
  CHECK(
      report_problem(replaced(text, "\"status\":\"FAIL\"", "\"status\":\"FAILED\"")) ==
      "r.json:15: /variants/0/status: expected a status: FAIL, ERROR, MISS, XPASS, PASS, XFAIL, DONE or SKIP, got the "
      "string \"FAILED\"");
  CHECK(report_problem(replaced(text, "\"reason\":", "\"reasons\":")) ==
        "r.json:15: /variants/0/reasons: expected a member that this version of kipc knows, got \"reasons\", did you "
        "mean "
        "'reason'?");
  CHECK(report_problem(replaced(text, "\"PASS\":2", "\"PASS\":3")) ==
        "r.json:12: /counts/PASS: expected 2, as many as the variants show, got 3");
  CHECK(report_problem("", true) == "r.json:1: expected a report of kipc, got an empty file");
  CHECK(report_problem("{\"type\":\"variant\"}\n", true) ==
        "r.json:1: /type: expected one line of type \"start\", as the first, got the string \"variant\"");
}

TEST_CASE("json: bytes that are no UTF-8 do not break a report") {
  Report report = canonical_report();
  report.variants[0].verdict.got = "\"a\xff\"";
  CHECK(report_from_json(report_to_json(report), "r.json").variants[0].verdict.got == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("json: a report is read from a file in either form") {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-json-test.json").string();
  for (const std::string& text : {report_to_json(canonical_report()), lines_of(canonical_report())}) {
    REQUIRE(replace_file(path, text).has_value());
    const auto report = read_report(path);
    REQUIRE(report.has_value());
    CHECK(report->variants.size() == 12);
  }
  std::remove(path.c_str());
  const auto missing = read_report(path);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().text.ends_with("cannot be read: open: ENOENT (No such file or directory)"));
}

TEST_CASE("json: what a console saved of a stream") {
  const Report report = canonical_report();
  std::string console = "[    0.000000] Linux version 6.1\r\n";
  std::istringstream in(lines_of(report));
  for (std::string line; std::getline(in, line);)
    console += "[   12.345678] " + line + "\r\n[   12.345679] random: {\"type\": 1} happened\r\n";
  int damaged = -1;
  const Report whole = report_from_stream(console, "log", damaged);
  CHECK(damaged == 0);
  CHECK(report_to_json(whole) == report_to_json(report));

  // A line that the kernel cut into, and an end that never came.
  std::string broken = console.substr(0, console.find("{\"type\":\"end\""));
  broken.insert(broken.find("mq.notify.once") + 3, "[  99.1] oops\n");
  const Report rest = report_from_stream(broken, "log", damaged);
  CHECK(damaged == 1);
  CHECK_FALSE(rest.complete);
  CHECK(rest.variants.size() == 11);
  CHECK_THROWS_AS(report_from_stream("nothing\n", "log", damaged), CaseError);
}

TEST_CASE("json: the stored sample of version 1 is read, in either form") {
  for (const char* name : {"report-1.json", "report-1.jsonl"}) {
    const auto report = read_report(std::string(KIPC_SOURCE_DIR "/harness/report/samples/") + name);
    INFO(name);
    REQUIRE(report.has_value());
    CHECK(report->format_version == 2);
    CHECK(report->complete);
    REQUIRE(report->variants.size() == 12);
    // What version 1 had of a history is kept as it was: lines to read.
    CHECK_FALSE(report->variants[0].history.has_value());
    REQUIRE(report->variants[0].history_text.size() == 2);
    CHECK(report->variants[0].history_text[0] == "   +10.0 µs  writer  close(w) = 0");
    CHECK(report_to_json(report_from_json(report_to_json(*report), "r.json")) == report_to_json(*report));
  }
}

}  // namespace
}  // namespace kipc
