#include <fmt/format.h>

#include <memory>

#include "base/file.hpp"
#include "cli/library.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/html.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

struct ReportArguments {
  std::vector<std::string> reports;
  std::vector<std::string> measurements;
  std::string html;
};

int show(const ReportArguments& arguments) {
  std::vector<Report> reports;
  for (const std::string& path : arguments.reports) {
    auto report = read_report(path);
    if (!report) return complain(report.error().text), kExitUsage;
    reports.push_back(std::move(*report));
  }
  std::vector<HtmlMeasurement> measurements;
  for (const std::string& path : arguments.measurements) {
    auto text = read_file(path);
    if (!text) return complain(fmt::format("{}: cannot be read: {}", path, text.error().text())), kExitUsage;
    measurements.push_back({std::move(*text), {}});
  }
  auto file = ReportFile::open(arguments.html);
  if (!file) return complain(file.error().text), kExitUsage;
  const Library library = load_library();
  if (const auto done = file->write(report_to_html(reports, {library.catalogue, library.cases}, measurements)); !done)
    return complain(done.error().text), kExitBroken;
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("report", "Reports in another form");
  const auto arguments = std::make_shared<ReportArguments>();
  verb->add_option("REPORT", arguments->reports, "Reports, JSON or JSON lines; several stand side by side")->required();
  verb->add_option("--html", arguments->html, "Write one page to FILE that opens in a browser; - is standard output")
      ->type_name("FILE")
      ->required();
  verb->add_option("--measure", arguments->measurements, "Also what kipc measure --json wrote to FILE")
      ->type_name("FILE");
  verb->footer(
      "Examples:\n"
      "  kipc report r.json --html r.html\n"
      "  kipc report debian.json alpine.json gvisor.json --html matrix.html");
  verb->callback([&action, arguments] { action = [arguments] { return show(*arguments); }; });
}

}  // namespace kipc::cli
