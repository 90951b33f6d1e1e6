#include <fmt/format.h>

#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/rerun.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/diff.hpp"
#include "report/json.hpp"

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

int diff(const DiffArguments& arguments) {
  std::vector<Report> reports;
  for (const std::string& path : arguments.paths) {
    auto report = read_report(path);
    if (!report) return complain(report.error().text), kExitUsage;
    for (VariantReport& variant : report->variants) variant.history.reset();  // not needed, and large
    reports.push_back(std::move(*report));
  }
  const Report after = std::move(reports.back());
  reports.pop_back();
  Diff made = make_diff(reports, after);
  if (!made.comparable && !arguments.across) {
    std::string text = "these platforms are not alike, and what differs may be why their answers differ:\n";
    for (const PlatformDifference& one : made.differences)
      if (one.role == PlatformDifference::Role::condition)
        text += fmt::format("  {}: {}, now {}\n", one.what, one.before.empty() ? "none" : one.before,
                            one.after.empty() ? "none" : one.after);
    complain(text + "--across compares them all the same");
    return kExitUsage;
  }
  if (arguments.confirm && !confirm_here(made, after, arguments.folders)) return kExitBroken;
  const bool taken = arguments.markdown == "-" || arguments.json == "-";
  const std::string text = diff_to_terminal(made, page_of(taken ? 2 : 1), arguments.verbose);
  taken ? print_error(text) : print(text);
  const bool wrote = write_to(arguments.markdown, arguments.markdown.empty() ? "" : diff_to_markdown(made)) &&
                     write_to(arguments.json, arguments.json.empty() ? "" : diff_to_json(made));
  if (!wrote) return kExitBroken;
  return made.regressed() ? 1 : 0;
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("diff", "What changed between reports: regressed, fixed, another answer, flaky, ...");
  const auto arguments = std::make_shared<DiffArguments>();
  DiffArguments& a = *arguments;
  verb->add_option("REPORT", a.paths, "OLD... NEW: one or more earlier reports, the oldest first, then the new one")
      ->required()
      ->expected(2, 10'000);
  verb->add_flag("--across", a.across, "Compare although the platforms are not alike");
  verb->add_flag("--confirm", a.confirm,
                 "Run what regressed again here, 5 times, before it counts; NEW has to be of this machine");
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
      "Exit: 0 nothing regressed; 1 something did; 2 a report cannot be read, or unlike platforms; 3 it broke.\n"
      "\n"
      "Examples:\n"
      "  kipc diff old.json new.json\n"
      "  kipc diff mon.json tue.json wed.json now.json    three days as the past\n"
      "  kipc diff debian.json alpine.json --across --markdown diff.md");
  verb->callback([&action, arguments] {
    if (arguments->markdown == "-" && arguments->json == "-")
      throw CLI::ValidationError("--markdown and --json cannot both have the standard output");
    action = [arguments] { return diff(*arguments); };
  });
}

}  // namespace kipc::cli
