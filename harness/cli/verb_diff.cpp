#include <fmt/format.h>

#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/measure_options.hpp"
#include "cli/output.hpp"
#include "cli/rerun.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/compare_text.hpp"
#include "report/diff.hpp"
#include "report/json.hpp"
#include "report/measure_diff.hpp"
#include "report/measure_json.hpp"

namespace kipc::cli {
namespace {

constexpr int kConfirmations = 5;

struct DiffArguments {
  std::vector<std::string> paths;
  std::vector<std::string> folders;
  std::string markdown;
  std::string json;
  bool across = false;
  bool confirm = false;
  bool verbose = false;
};

/// Runs the suspects again. False when that is not possible; it has said why.
bool confirm_here(Diff& diff, const Report& after, const std::vector<std::string>& folders) {
  std::set<std::string> suspects;
  for (const DiffEntry& entry : diff.entries)
    if (entry.change == Change::regressed) suspects.insert(entry.variant);
  if (suspects.empty()) return true;
  if (const std::string why = why_elsewhere(after); !why.empty()) {
    complain("--confirm: NEW is not of this machine: " + why);
    return false;
  }
  const Library library = load_library(folders);
  const auto ran = rerun(library, after, suspects, kConfirmations);
  if (!ran) return complain("--confirm: " + ran.error().text), false;
  confirm(diff, *ran);
  return true;
}

bool write_to(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  auto file = ReportFile::open(path);
  const auto done = file ? file->write(text) : Result<void>(fail(file.error().text));
  if (!done) complain(done.error().text);
  return done.has_value();
}

/// True when these platforms may be compared; false when not, and it has said why.
bool may_compare(const std::vector<PlatformDifference>& differences, bool across) {
  if (comparable(differences) || across) return true;
  std::string text = "these platforms are not alike, and what differs may be why they answer differently:\n";
  for (const PlatformDifference& one : differences)
    if (one.role == PlatformDifference::Role::condition) text += "  " + difference_text(one) + "\n";
  complain(text + "--across compares them all the same");
  return false;
}

struct Forms {
  std::string markdown;
  std::string json;
};

/// Prints the text, and writes what is wanted beside it. An exit code.
int tell(const DiffArguments& arguments, const std::string& text, const Forms& forms, bool regressed) {
  arguments.markdown == "-" || arguments.json == "-" ? print_error(text) : print(text);
  if (!write_to(arguments.markdown, forms.markdown) || !write_to(arguments.json, forms.json)) return kExitBroken;
  return regressed ? 1 : 0;
}

Page page_for(const DiffArguments& arguments) {
  return page_of(arguments.markdown == "-" || arguments.json == "-" ? 2 : 1);
}

int diff_reports(const DiffArguments& arguments) {
  std::vector<Report> reports;
  for (const std::string& path : arguments.paths) {
    auto report = read_report(path, ReportPart::results);
    if (!report) return complain(report.error().text), kExitUsage;
    reports.push_back(std::move(*report));
  }
  const Report after = std::move(reports.back());
  reports.pop_back();
  Diff made = make_diff(reports, after);
  if (!may_compare(made.differences, arguments.across)) return kExitUsage;
  if (arguments.confirm && !confirm_here(made, after, arguments.folders)) return kExitBroken;
  return tell(arguments, diff_to_terminal(made, page_for(arguments), arguments.verbose),
              {diff_to_markdown(made), diff_to_json(made)}, made.regressed());
}

/// Measures the regressions again, each for as long as NEW did. False when that is not possible; it has said why.
bool confirm_here(MeasureDiff& diff, const std::vector<MeasureReport>& olds, const MeasureReport& after,
                  const std::vector<std::string>& folders) {
  std::set<std::string> mechanisms;
  std::set<std::string> kinds;
  std::set<std::string> placements;
  std::set<std::int64_t> sizes;
  for (const Shift& shift : diff.shifts) {
    if (!shift.regressed() || !shift.figure.empty()) continue;
    mechanisms.insert(shift.mechanism);
    kinds.insert(shift.kind);
    placements.insert(shift.placement);
    if (shift.size > 0) sizes.insert(shift.size);
  }
  if (mechanisms.empty()) return true;
  if (const std::string why = why_elsewhere(platform_report(after)); !why.empty()) {
    complain("--confirm: NEW is not of this machine: " + why);
    return false;
  }
  MeasureWish wish;
  wish.mechanisms.assign(mechanisms.begin(), mechanisms.end());
  wish.kinds.assign(kinds.begin(), kinds.end());
  wish.placements.assign(placements.begin(), placements.end());
  wish.sizes.assign(sizes.begin(), sizes.end());
  const std::size_t most =
      mechanisms.size() * kinds.size() * placements.size() * std::max<std::size_t>(1, sizes.size());
  wish.seconds = static_cast<double>(after.duration_ns) / 1e9 * static_cast<double>(most) /
                 static_cast<double>(std::max<std::size_t>(1, after.results.size()));
  MeasureOptions options;
  options.folders = folders;
  const auto again = make_measurement(wish, options);
  if (!again) return complain("--confirm: " + again.error().text), false;
  confirm(diff, olds, *again);
  return true;
}

int diff_measured(const DiffArguments& arguments) {
  std::vector<MeasureReport> measured;
  for (const std::string& path : arguments.paths) {
    auto one = read_measure_report(path);
    if (!one) return complain(one.error().text), kExitUsage;
    measured.push_back(std::move(*one));
  }
  const MeasureReport after = std::move(measured.back());
  measured.pop_back();
  MeasureDiff made = diff_measurements(measured, after);
  if (!may_compare(made.differences, arguments.across)) return kExitUsage;
  if (arguments.confirm && !confirm_here(made, measured, after, arguments.folders)) return kExitBroken;
  return tell(arguments, measure_diff_to_terminal(made, page_for(arguments), arguments.verbose),
              {measure_diff_to_markdown(made), measure_diff_to_json(made)}, made.regressions() > 0);
}

int diff(const DiffArguments& arguments) {
  std::size_t measured = 0;
  for (const std::string& path : arguments.paths) measured += is_measurement(path) ? 1 : 0;
  if (measured == 0) return diff_reports(arguments);
  if (measured == arguments.paths.size()) return diff_measured(arguments);
  complain("reports (kipc run --json) and measurements (kipc measure --json) cannot be compared with each other");
  return kExitUsage;
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("diff", "What changed between reports: regressed, fixed, another answer, flaky, ...");
  const auto arguments = std::make_shared<DiffArguments>();
  DiffArguments& a = *arguments;
  verb->add_option("REPORT", a.paths,
                   "OLD... NEW: one or more earlier reports, the oldest first, then the new one; or measurements")
      ->required()
      ->expected(2, 10'000);
  verb->add_flag("--across", a.across, "Compare although the platforms are not alike");
  verb->add_flag("--confirm", a.confirm,
                 "Run what regressed again here, 5 times (measurements: once), before it counts; NEW has to be of this "
                 "machine");
  add_folders(*verb, a.folders);
  verb->add_option("--markdown", a.markdown, "Write it to FILE as a page of Markdown; - is standard output")
      ->option_text("FILE");
  verb->add_option("--json", a.json, "Write it to FILE as JSON; - is standard output")->option_text("FILE");
  verb->add_flag("-v,--verbose", a.verbose, "Every difference and every change by name");
  verb->footer(
      "A variant regressed when it went well in every OLD and fails in NEW, asking the same. When OLDs disagree it is\n"
      "flaky, and accuses nobody; when its case has changed that is said instead. Kernel, libc and kipc are what one\n"
      "compares; where architecture, privileges, limits, sysctls, configuration or isolation differ, the platforms "
      "are\n"
      "not alike, and --across is needed.\n"
      "Counted costs are exact: more system calls or copies than in any OLD, counted by the same means, regressed.\n"
      "Of measurements (kipc measure --json) a time regressed when it is longer by more than chance and by more than "
      "the\n"
      "starts of both differ anyway; what was measured on a busy machine accuses nobody.\n"
      "Exit: 0 nothing regressed; 1 something did; 2 a report cannot be read, or unlike platforms; 3 it broke.\n"
      "\n"
      "Examples:\n"
      "  kipc diff old.json new.json\n"
      "  kipc diff mon.json tue.json wed.json now.json    three days as the past\n"
      "  kipc diff debian.json alpine.json --across --markdown diff.md\n"
      "  kipc diff m-old.json m-new.json --confirm        measurements");
  verb->callback([&action, arguments] {
    if (arguments->markdown == "-" && arguments->json == "-")
      throw CLI::ValidationError("--markdown and --json cannot both have the standard output");
    action = [arguments] { return diff(*arguments); };
  });
}

}  // namespace kipc::cli
