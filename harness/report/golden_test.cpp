// Every form of the canonical report against what was approved, file by file in golden/. After a change that is meant:
// KIPC_UPDATE_GOLDEN=1 kipc_report_test, then read the difference.
#include <cstdlib>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "report/canonical.hpp"
#include "report/forms.hpp"
#include "report/json.hpp"
#include "report/terminal.hpp"

namespace kipc {
namespace {

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(KIPC_SOURCE_DIR "/harness/report/golden/") + name;
  if (std::getenv("KIPC_UPDATE_GOLDEN") != nullptr) REQUIRE(replace_file(path, text).has_value());
  const auto approved = read_file(path);
  INFO(path);
  REQUIRE(approved.has_value());
  CHECK(text == *approved);
}

std::string lines_of(const Report& report) {
  std::string text = start_to_json_line(report) + "\n";
  for (const VariantReport& variant : report.variants) text += variant_to_json_line(variant) + "\n";
  return text + end_to_json_line(report) + "\n";
}

TEST_CASE("golden: the terminal, 100 columns") {
  TerminalOptions options;
  options.page.width = 100;
  check_golden("terminal.txt", terminal_summary(canonical_report(), options));
}

TEST_CASE("golden: a file or pipe, no line broken") {
  check_golden("terminal-pipe.txt", terminal_summary(canonical_report(), TerminalOptions{}));
}

TEST_CASE("golden: quiet") {
  TerminalOptions options;
  options.page.width = 100;
  options.quiet = true;
  check_golden("terminal-quiet.txt", terminal_summary(canonical_report(), options));
}

TEST_CASE("golden: verbose, with colours") {
  TerminalOptions options;
  options.page.width = 100;
  options.page.colour = true;
  options.verbose = true;
  check_golden("terminal-verbose.txt", terminal_summary(canonical_report(), options));
}

TEST_CASE("golden: JSON") { check_golden("report.json", report_to_json(canonical_report())); }

TEST_CASE("golden: the forms for programs") {
  const Report report = canonical_report();
  check_golden("report.csv", to_csv(report));
  check_golden("report.junit.xml", to_junit(report));
  check_golden("report.kcidb.json", to_kcidb(report, std::string(kKcidbOrigin)));
  check_golden("report.ktap", to_ktap(report));
  check_golden("report.md", to_markdown(report));
}

TEST_CASE("golden: JSON lines") { check_golden("report.jsonl", lines_of(canonical_report())); }

}  // namespace
}  // namespace kipc
