#include <fmt/format.h>

#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/measure.hpp"
#include "cli/measure_options.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "report/measure_json.hpp"
#include "report/measure_text.hpp"

namespace kipc::cli {
namespace {

constexpr const char* kMeasureText =
    "Times the exchanges of cases/measure: a message and its answer, or messages as fast as they go, with both "
    "processes\n"
    "on one core, on two cores, and wherever the kernel puts them.\n"
    "\n"
    "Examples:\n"
    "  kipc measure                              all of it, in about a minute\n"
    "  kipc measure --quick                      roughly, in about ten seconds\n"
    "  kipc measure pipe 'unix-*' --size 1,64K   some mechanisms and sizes\n"
    "  kipc measure --placement one-core --kind round-trip --seconds 20\n"
    "  kipc measure --json m.json                also to a file, for claims and advise --from m.json";

struct MeasureArguments {
  MeasureWish wish;
  MeasureOptions options;
  std::string json;
};

int measure(const MeasureArguments& arguments) {
  ReportFile file;
  if (!arguments.json.empty()) {
    auto opened = ReportFile::open(arguments.json);
    if (!opened) return complain(opened.error().text), kExitBroken;
    file = std::move(*opened);
  }
  const Result<MeasureReport> report = make_measurement(arguments.wish, arguments.options);
  if (!report) return complain(report.error().text), kExitUsage;
  if (!arguments.json.empty())
    if (auto written = file.write(measure_to_json(*report)); !written)
      return complain(written.error().text), kExitBroken;
  if (arguments.json != "-") print(measure_text(*report, page_of(1)));
  if (report->complete) return 0;
  complain("stopped early: what was not reached is listed as not measured");
  return kExitBroken;
}

}  // namespace

void add_measure(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("measure", "How long each mechanism takes for a message, and what it costs");
  const auto arguments = std::make_shared<MeasureArguments>();
  MeasureArguments& a = *arguments;
  verb->add_option("MECHANISM", a.wish.mechanisms, "Mechanisms, or patterns of them; by default all");
  add_measure_options(*verb, a.wish, a.options);
  verb->add_option("--json", a.json, "Write the measurement to FILE; - is the standard output")->option_text("FILE");
  verb->footer(kMeasureText);
  verb->callback([&action, arguments] { action = [arguments] { return measure(*arguments); }; });
}

}  // namespace kipc::cli
