#include <fmt/format.h>

#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/rejudge.hpp"
#include "cli/verbs.hpp"
#include "judge/known.hpp"
#include "model/status.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

using How = Rejudged::How;

struct JudgeArguments {
  std::string report;
  std::vector<std::string> folders;
  std::string json;
  bool verbose = false;
};

/// What is worth a line: another verdict, or a history that could not be judged.
std::string line_of(const VariantReport& before, const Rejudged& now, const Page& page, bool verbose) {
  const auto change = [&] {
    const Verdict& verdict = now.report.verdict;
    std::string text =
        fmt::format("{} {}: was {}", page.paint(fmt::format("{:<5}", name_of(verdict.status)), verdict.status),
                    name_of(now.report), name_of(before.verdict.status));
    if (now.how == How::by_changed) text += "; the case has changed since";
    if (!verdict.reason.empty()) text += "\n      " + verdict.reason;
    return text + "\n";
  };
  const bool other =
      now.report.verdict.status != before.verdict.status || now.report.verdict.reason != before.verdict.reason;
  switch (now.how) {
    case How::judged:
    case How::by_changed: return other || verbose ? change() : "";
    case How::no_case: return fmt::format("not judged: {}: there is no such variant here\n", name_of(before));
    case How::not_the_same: return fmt::format("not judged: {}: {}\n", name_of(before), now.why);
    case How::no_history: break;
  }
  return "";
}

int judge_report(const JudgeArguments& arguments) {
  auto stored = read_report(arguments.report);
  if (!stored) return complain(stored.error().text), kExitUsage;
  const Library library = load_library(arguments.folders);
  for (const Problem& problem : library.problems) print_error(problem.text() + "\n");
  if (!library.problems.empty()) return kExitUsage;
  std::vector<Deviation> known;
  if (stored->settings.saboteur.empty()) known = known_of(library.deviations, stored->platform);

  const bool taken = arguments.json == "-";
  const Page page = page_of(taken ? 2 : 1);
  std::string out;
  std::size_t judged = 0;
  std::size_t without = 0;
  std::size_t others = 0;
  for (VariantReport& variant : stored->variants) {
    Rejudged now;
    try {
      now = judge_again(variant, library, known);
    } catch (const CaseError& error) {
      print_error(error.problem.text() + "\n");
      return kExitUsage;
    }
    out += line_of(variant, now, page, arguments.verbose);
    judged += now.how == How::judged || now.how == How::by_changed ? 1 : 0;
    without += now.how == How::no_history ? 1 : 0;
    others += now.how == How::no_case || now.how == How::not_the_same ? 1 : 0;
    variant = std::move(now.report);
  }
  stored->case_set = library.digest();
  out += fmt::format("{} judged again", count_of(judged, "run"));
  if (others > 0) out += fmt::format(", {} could not be", others);
  if (without > 0)
    out += fmt::format("; {} kept as they were, without a history (kipc run --keep-history keeps all)", without);
  const Counts counts = count_statuses(stored->variants);
  out += fmt::format("\n{}: {}\n", count_of(stored->variants.size(), "run"), counts_text(counts));
  taken ? print_error(out) : print(out);
  if (!arguments.json.empty()) {
    auto file = ReportFile::open(arguments.json);
    const auto done = file ? file->write(report_to_json(*stored)) : Result<void>(fail(file.error().text));
    if (!done) return complain(done.error().text), kExitBroken;
  }
  if (judged == 0) return complain("nothing could be judged again"), kExitBroken;
  return others > 0 ? kExitBroken : exit_code(counts);
}

}  // namespace

void add_judge(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("judge", "Judge the histories of a report again, without running anything");
  const auto arguments = std::make_shared<JudgeArguments>();
  verb->add_option("REPORT", arguments->report, "A report, JSON or JSON lines")->required();
  add_folders(*verb, arguments->folders);
  verb->add_option("--json", arguments->json, "Write the report with the new verdicts to FILE; - is standard output")
      ->option_text("FILE");
  verb->add_flag("-v,--verbose", arguments->verbose, "Also what came to the same verdict as before");
  verb->footer(
      "For a case whose expectation was corrected: what the platform did is in the report, and is held against the "
      "case\n"
      "as it is now. The case may ask for other results, carry other assertions or be checked otherwise; a case that\n"
      "makes other calls than those of the history is not judged. A run that ended at a wrong line has nothing behind\n"
      "it: when that line is right now, it has to be run again, unless it was the last.\n"
      "\n"
      "Examples:\n"
      "  kipc run pipe --keep-history --json r.json\n"
      "  kipc judge r.json --cases cases --json corrected.json");
  verb->callback([&action, arguments] { action = [arguments] { return judge_report(*arguments); }; });
}

}  // namespace kipc::cli
