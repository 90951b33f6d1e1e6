// All forms of the canonical report: what other programs read of them, and that they agree on every verdict.
#include "report/forms.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "language/json_schema_for_tests.hpp"
#include "report/canonical.hpp"
#include "report/html_data.hpp"
#include "report/json.hpp"
#include "report/kcidb_schema_for_tests.hpp"
#include "report/ktap_reader_for_tests.hpp"
#include "report/terminal.hpp"

namespace kipc {
namespace {

using Json = nlohmann::json;

bool has(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

/// A report of one run with that status.
Report report_of(Status status) {
  Report report = canonical_report();
  std::vector<VariantReport> one;
  for (const VariantReport& variant : report.variants)
    if (variant.verdict.status == status && one.empty()) one.push_back(variant);
  REQUIRE(one.size() == 1);
  report.variants = one;
  return report;
}

/// RFC 4180.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows = {{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  REQUIRE_FALSE(quoted);
  REQUIRE(rows.back() == std::vector<std::string>{""});
  rows.pop_back();
  return rows;
}

TEST_CASE("forms: all agree on the verdict, for every status") {
  for (const StatusRow& row : kStatuses) {
    const Report report = report_of(row.status);
    const std::string name(row.name);
    const bool unexpected = row.exit_code != 0;
    INFO(name);
    CHECK((exit_code(count_statuses(report.variants)) != 0) == unexpected);
    CHECK(has(terminal_summary(report, {}), ": 1 " + name + "\n"));
    CHECK(report_from_json(report_to_json(report), "r").variants[0].verdict.status == row.status);

    const std::string ktap = to_ktap(report);
    const KtapLog log = read_ktap(ktap);
    REQUIRE(log.statuses.size() == 1);
    CHECK(log.statuses.begin()->second == name);
    CHECK(log.totals == "1 " + name);
    CHECK(has(ktap, "\n  not ok 1 ") == unexpected);
    CHECK(has(ktap, "\nnot ok 1 ") == unexpected);  // the area

    const std::string junit = to_junit(report);
    CHECK(has(junit, "name=\"kipc.status\" value=\"" + name + "\""));
    CHECK((has(junit, "<failure ") || has(junit, "<error ")) == unexpected);
    CHECK(has(junit, "failures=\"1\"") == (row.exit_code == 1));
    CHECK(has(junit, "errors=\"1\"") == (row.exit_code == 3));

    const std::string markdown = to_markdown(report);
    CHECK(markdown.rfind("### kipc: 1 " + name + "\n", 0) == 0);
    CHECK(has(markdown, "Nothing unexpected.") == !unexpected);
    CHECK(has(markdown, "<details><summary><b>" + name + "</b>") == unexpected);

    const auto csv = read_csv(to_csv(report));
    REQUIRE(csv.size() == 2);
    CHECK(csv[1][0] == name);

    const Catalogue no_catalogue;
    const std::vector<Case> no_cases;
    const Json page = Json::parse(html_data({report}, {no_catalogue, no_cases}).overview);
    const Json& runs = page.at("reports").at(0).at("runs");
    REQUIRE(runs.size() == 1);
    CHECK(page.at("statuses").at(runs.at(0).at("s").get<std::size_t>()).at(0) == name);

    const Json kcidb = Json::parse(to_kcidb(report, "ours"));
    const Json& test = kcidb.at("tests").at(0);
    CHECK(test.at("misc").at("kipc").at("status") == name);
    const std::set<std::string> bad = {"FAIL", "ERROR", "MISS"};
    // A known deviation is a FAIL to KCIDB, with the issue that explains it.
    CHECK((bad.count(test.at("status").get<std::string>()) > 0) == (unexpected || row.status == Status::xfail));
    if (row.status == Status::xfail) CHECK(kcidb.at("incidents").at(0).at("present") == true);
    if (row.status == Status::xpass) CHECK(kcidb.at("incidents").at(0).at("present") == false);
  }
}

TEST_CASE("forms: the options name every form once, in order") {
  std::string last;
  for (const Form& form : forms()) {
    CHECK(last < form.name);
    last = form.name;
    CHECK_FALSE(form.write(canonical_report(), "ours").empty());
  }
}

// --- KTAP -----------------------------------------------------------------------------------------------------------

std::map<std::string, std::string> statuses_of(const Report& report) {
  std::map<std::string, std::string> statuses;
  for (const VariantReport& variant : report.variants)
    statuses[name_of(variant)] = std::string(name_of(variant.verdict.status));
  return statuses;
}

TEST_CASE("ktap: read back as it was written") {
  const Report report = canonical_report();
  const KtapLog log = read_ktap(to_ktap(report));
  CHECK(log.statuses == statuses_of(report));
  CHECK(log.totals == counts_text(count_statuses(report.variants)));
  CHECK_FALSE(log.interrupted);
  Report cut = report;
  cut.complete = false;
  CHECK(read_ktap(to_ktap(cut)).interrupted);
}

TEST_CASE("ktap: survives a noisy serial console") {
  const Report report = canonical_report();
  const std::string text = to_ktap(report);
  // Each line gets the console's time and \r\n, and the kernel says something between any two.
  std::string noisy = "[    0.000000] Linux version 6.1.0\r\n";
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line); ++number)
    noisy +=
        "[   12.0000" + std::to_string(number) + "] " + line + "\r\n[   12.345678] random: ok 7 things happened\r\n";
  CHECK(read_ktap(noisy).statuses == statuses_of(report));

  // Any single line may be cut in two by the kernel: no verdict but that of a PASS is lost, and the totals or the lines
  // tell that one was.
  std::vector<std::string> lines;
  std::istringstream again(text);
  for (std::string line; std::getline(again, line);) lines.push_back(line);
  for (std::size_t cut = 0; cut < lines.size(); ++cut) {
    std::string broken;
    for (std::size_t i = 0; i < lines.size(); ++i)
      broken += i != cut ? lines[i] + "\n"
                         : lines[i].substr(0, lines[i].size() / 2) + "[   99.123456] usb 1-1: new device\n" +
                               lines[i].substr(lines[i].size() / 2) + "\n";
    const KtapLog log = read_ktap(broken);
    INFO(lines[cut]);
    std::size_t passed = 0;
    for (const auto& [name, status] : statuses_of(report)) {
      const auto at = log.statuses.find(name);
      if (status != "PASS") {
        REQUIRE(at != log.statuses.end());
        CHECK(at->second == status);
      }
      passed += at != log.statuses.end() && at->second == "PASS" ? 1 : 0;
    }
    CHECK(log.statuses.size() <= report.variants.size());
    CHECK((passed == 2 || log.totals == counts_text(count_statuses(report.variants))));
  }
}

TEST_CASE("ktap: what KTAP reads as its own is escaped") {
  Report report = report_of(Status::skip);
  report.variants[0].variant_id = "pipe.a.b#2";
  report.variants[0].verdict.reason = "one # two\nthree";
  CHECK(has(to_ktap(report), "  ok 1 pipe.a.b\\#2 # SKIP one \\# two three\n"));
}

// --- JUnit ----------------------------------------------------------------------------------------------------------

/// What xmllint says of a text held against junit.xsd: 0 for valid.
int xmllint(const std::string& xml) {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-forms-test.xml").string();
  REQUIRE(replace_file(path, xml).has_value());
  const std::string command =
      "xmllint --noout --schema " KIPC_SOURCE_DIR "/harness/report/junit.xsd " + path + " >/dev/null 2>&1";
  const int status = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe,cert-env33-c)
  std::filesystem::remove(path);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("junit: valid by its schema") {
  if (xmllint("<testsuites/>") == 127) {
    WARN("xmllint is not installed: JUnit XML was not held against its schema");
    return;
  }
  CHECK(xmllint("<testsuites/>") == 0);
  CHECK(xmllint("<testsuites><testcase/></testsuites>") != 0);
  CHECK(xmllint(to_junit(canonical_report())) == 0);
  Report odd = canonical_report();
  odd.variants[0].verdict.reason = "<&>\"'\x01\x1b[1m\n\t";
  odd.variants[0].verdict.trace = {"]]>", "\x02"};
  CHECK(xmllint(to_junit(odd)) == 0);
  odd.variants.clear();
  CHECK(xmllint(to_junit(odd)) == 0);
}

// --- Markdown, CSV, KCIDB -------------------------------------------------------------------------------------------

TEST_CASE("markdown: failures first, and never more than fits") {
  Report report = canonical_report();
  const std::string text = to_markdown(report);
  CHECK(text.find("<b>FAIL</b>") < text.find("<b>ERROR</b>"));
  CHECK(text.find("<b>ERROR</b>") < text.find("| area |"));
  CHECK(has(text, "and 1 more on the same line"));
  for (int i = 0; i < 300; ++i) {
    VariantReport more = canonical_failure("[size=" + std::to_string(i) + "]", "3");
    more.case_id = "pipe.n" + std::to_string(i) + ".x";
    more.verdict.trace.assign(20, std::string(200, '`'));
    report.variants.push_back(more);
  }
  for (const std::size_t limit : {std::size_t{5'000}, std::size_t{60'000}}) {
    const std::string large = to_markdown(report, limit);
    CHECK(large.size() <= limit);
    CHECK(has(large, " more, for which there is no room here"));
    CHECK(has(large, "| area |"));
  }
}

TEST_CASE("markdown: what is said never becomes markup") {
  Report report = report_of(Status::fail);
  report.variants[0].verdict.reason = "<script>alert(1)</script>";
  report.variants[0].verdict.trace = {"```", "<b>"};
  const std::string text = to_markdown(report);
  CHECK_FALSE(has(text, "<script>"));
  CHECK(has(text, "````\n```\n<b>\n````"));
}

TEST_CASE("csv: every cell comes back as it was") {
  Report report = canonical_report();
  report.variants[0].verdict.reason = "a, \"b\"\nc";
  const auto rows = read_csv(to_csv(report));
  REQUIRE(rows.size() == report.variants.size() + 1);
  for (const auto& row : rows) CHECK(row.size() == rows[0].size());
  CHECK(rows[0][5] == "reason");
  CHECK(rows[1][5] == "a, \"b\"\nc");
  CHECK(rows[7][4] == "2");
}

TEST_CASE("kcidb: by the rules of its schema, and every reference leads somewhere") {
  const JsonSchema schema(Json::parse(kKcidbRules));
  const Json made = Json::parse(to_kcidb(canonical_report(), "our_ci2"));
  for (const std::string& wrong : schema.validate(made)) FAIL_CHECK(wrong);
  Json broken = made;
  broken["tests"][0]["status"] = "XFAIL";
  CHECK_FALSE(schema.validate(broken).empty());
  std::set<std::string> ids;
  for (const char* kind : {"checkouts", "builds", "tests", "issues", "incidents"})
    for (const Json& object : made.at(kind)) {
      CHECK(ids.insert(object.at("id").get<std::string>()).second);
      CHECK(object.at("id").get<std::string>().starts_with("our_ci2:"));
      CHECK(object.at("origin") == "our_ci2");
    }
  for (const Json& build : made.at("builds")) CHECK(ids.count(build.at("checkout_id").get<std::string>()) == 1);
  for (const Json& test : made.at("tests")) CHECK(ids.count(test.at("build_id").get<std::string>()) == 1);
  for (const Json& incident : made.at("incidents")) {
    CHECK(ids.count(incident.at("issue_id").get<std::string>()) == 1);
    CHECK(ids.count(incident.at("test_id").get<std::string>()) == 1);
  }
}

TEST_CASE("kcidb: origins that its schema takes, and others") {
  for (const char* fine : {"kipc", "our_ci2", "0", "_"}) CHECK(is_kcidb_origin(fine));
  for (const char* wrong : {"", "our-ci", "Ours", "a b", "a:b", "\xc3\xa4"}) CHECK_FALSE(is_kcidb_origin(wrong));
  CHECK(is_kcidb_origin(kKcidbOrigin));
}

}  // namespace
}  // namespace kipc
