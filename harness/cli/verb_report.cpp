#include <fmt/format.h>

#include <memory>

#include "cli/console.hpp"
#include "cli/forms.hpp"
#include "cli/library.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/report_files.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/measure_json.hpp"
#include "report/terminal.hpp"

namespace kipc::cli {
namespace {

struct ReportArguments {
  std::vector<std::string> reports;
  std::vector<std::string> measurements;
  std::string html;
  FormFiles files;
  bool from_stream = false;
  bool quiet = false;
  bool verbose = false;
};

/// The page of all reports together. An exit code, 0 for written.
int write_page(const ReportArguments& arguments, const std::vector<Report>& reports) {
  std::vector<MeasureReport> measurements;
  for (const std::string& path : arguments.measurements) {
    auto measured = read_measure_report(path);
    if (!measured) return complain(measured.error().text), kExitUsage;
    measurements.push_back(std::move(*measured));
  }
  auto file = ReportFile::open(arguments.html);
  if (!file) return complain(file.error().text), kExitBroken;
  const Library library = load_library();
  const HtmlSources sources{library.catalogue, library.cases};
  if (const auto done = file->write(report_to_html(reports, sources, measurements, embedded_claims())); !done)
    return complain(done.error().text), kExitBroken;
  return 0;
}

int write_forms(const ReportArguments& arguments, const Report& report) {
  auto files = OpenForms::open(arguments.files);
  if (!files) return complain(files.error().text), kExitBroken;
  const std::vector<std::string> lost = files->write(report);
  for (const std::string& problem : lost) complain(problem);
  return lost.empty() ? 0 : kExitBroken;
}

int show(const ReportArguments& arguments) {
  std::vector<Report> reports;
  bool fine = true;
  const auto take = [&](Result<Report> report, const std::string& path) {
    if (!report) return complain(report.error().text), fine = false;
    if (!report->complete)
      complain(fmt::format("{}: the run was interrupted: {} of {} finished", path, report->variants.size(),
                           report->selected));
    reports.push_back(std::move(*report));
    return true;
  };
  if (arguments.from_stream)
    take(read_stream(arguments.reports.front()), arguments.reports.front());
  else
    each_report(arguments.reports, ReportPart::all, take);
  if (!fine) return kExitUsage;
  if (reports.empty()) return complain("no report of kipc there"), kExitUsage;
  if (reports.size() > 1 && (arguments.html.empty() || !arguments.files.empty()))
    return complain("only --html takes several reports"), kExitUsage;
  if (arguments.html.empty() && arguments.files.empty()) {
    print(terminal_summary(reports.front(), {page_of(1), arguments.quiet, arguments.verbose}));
    return 0;
  }
  const int page = arguments.html.empty() ? 0 : write_page(arguments, reports);
  return page != 0 ? page : write_forms(arguments, reports.front());
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("report", "Stored reports, shown or turned into another form");
  const auto arguments = std::make_shared<ReportArguments>();
  verb->add_option(
          "REPORT", arguments->reports,
          "A report, JSON or JSON lines; - is standard input. --html takes several, side by side, and all below a "
          "folder")
      ->required();
  verb->add_option("--html", arguments->html, "One page that opens in a browser, to FILE; - is standard output")
      ->option_text("FILE");
  verb->add_option("--measure", arguments->measurements,
                   "With --html: also what kipc measure --json wrote to FILE, and which claims hold there")
      ->option_text("FILE")
      ->allow_extra_args(false);
  add_forms(*verb, arguments->files);
  verb->add_flag("--from-stream", arguments->from_stream,
                 "REPORT is the JSON lines of a run that may have been cut short, or the log of a console with them");
  CLI::Option* quiet = verb->add_flag("-q,--quiet", arguments->quiet, "Only what went wrong, and the totals");
  verb->add_flag("-v,--verbose", arguments->verbose, "Every failure in full, with its history")->excludes(quiet);
  verb->footer(
      "Without a form it prints what `kipc run` printed. Reports of older versions are read and written anew: --json.\n"
      "Exit: 0 the report could be read and written, whatever it says; 2 it cannot be read; 3 a file cannot be "
      "written.\n"
      "\n"
      "Examples:\n"
      "  kipc report r.json                       as on the terminal\n"
      "  kipc report debian.json alpine.json gvisor.json --html matrix.html\n"
      "  kipc report reports/published --html matrix.html      all that are there\n"
      "  kipc report r.json --junit r.xml --markdown \"$GITHUB_STEP_SUMMARY\"\n"
      "  kipc report console.log --from-stream --json r.json   what a crashed machine had finished");
  verb->callback([&action, arguments] {
    const std::size_t outputs = to_stdout(arguments->files) + (arguments->html == "-" ? 1 : 0);
    if (outputs > 1) throw CLI::ValidationError("only one form can have the standard output");
    if (arguments->from_stream && arguments->reports.size() > 1)
      throw CLI::ValidationError("--from-stream takes one REPORT");
    action = [arguments] { return show(*arguments); };
  });
}

}  // namespace kipc::cli
