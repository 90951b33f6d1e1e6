#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/coverage.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"

namespace kipc::cli {
namespace {

struct CoverageArguments {
  std::vector<std::string> areas;
  std::vector<std::string> folders;
  bool missing = false;
  bool markdown = false;
};

/// The catalogue of these areas alone. Fails on an area that it does not have.
Result<std::vector<const Assertion*>> of_areas(const Catalogue& catalogue, const std::vector<std::string>& areas) {
  std::vector<std::string_view> known;
  for (const Assertion& assertion : catalogue.all()) known.push_back(assertion.area);
  for (const std::string& area : areas)
    if (std::find(known.begin(), known.end(), area) == known.end())
      return fail(fmt::format("--area {}: unknown{}", area, did_you_mean(area, known)));
  std::vector<const Assertion*> chosen;
  for (const Assertion& assertion : catalogue.all())
    if (areas.empty() || std::find(areas.begin(), areas.end(), assertion.area) != areas.end())
      chosen.push_back(&assertion);
  return chosen;
}

std::string list_text(const std::vector<const Assertion*>& assertions, bool markdown, const Page& page) {
  std::string out;
  for (const Assertion* assertion : assertions)
    out += markdown ? fmt::format("- `{}`: {} ({})\n", assertion->id, assertion->statement, assertion->ref)
                    : page.wrap(assertion->statement, fmt::format("  {}: ", assertion->id), 6);
  return out;
}

int coverage(const CoverageArguments& arguments) {
  const Library library = load_library(arguments.folders);
  for (const Problem& problem : library.problems) print_error(problem.text() + "\n");
  const auto chosen = of_areas(library.catalogue, arguments.areas);
  if (!chosen) return complain(chosen.error().text), kExitUsage;
  const std::map<std::string, Covered> covered = cover(library);
  std::vector<const Assertion*> missing;
  std::vector<const Assertion*> urgent;
  for (const Assertion* assertion : *chosen) {
    if (covered.at(assertion->id) != Covered::not_yet) continue;
    missing.push_back(assertion);
    if (assertion->priority) urgent.push_back(assertion);
  }
  std::string out;
  if (arguments.missing) {
    for (const Assertion* assertion : missing) out += assertion->id + "\n";
  } else {
    std::vector<CoverageRow> rows = coverage_rows(library.catalogue, covered);
    if (!arguments.areas.empty())
      rows.erase(std::remove_if(rows.begin(), rows.end(),
                                [&](const CoverageRow& row) {
                                  return std::find(arguments.areas.begin(), arguments.areas.end(), row.area) ==
                                         arguments.areas.end();
                                }),
                 rows.end());
    out += coverage_table(rows, arguments.markdown);
    if (!urgent.empty())
      out += fmt::format("\nPriority assertions that no case verifies yet ({}):\n{}", urgent.size(),
                         (arguments.markdown ? "\n" : "") + list_text(urgent, arguments.markdown, page_of(1)));
  }
  print(out);
  return library.problems.empty() ? 0 : kExitUsage;
}

}  // namespace

void add_coverage(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("coverage", "How much of what platforms promise the cases put to the test");
  const auto arguments = std::make_shared<CoverageArguments>();
  verb->add_option("--area", arguments->areas, "Only this area of the catalogue")
      ->option_text("AREA")
      ->allow_extra_args(false);
  CLI::Option* markdown = verb->add_flag("--markdown", arguments->markdown, "As a page of Markdown");
  verb->add_flag("--missing", arguments->missing, "The ids of the assertions that no case verifies or records")
      ->excludes(markdown);
  add_folders(*verb, arguments->folders);
  verb->footer(
      "Each cell is the number covered (verified or recorded) of all. The classes: shall and error are what POSIX\n"
      "demands, option what it demands where an option is supported, linux what Linux adds, open what the standard\n"
      "leaves to the platform, limit what is bounded, cost what an exchange may cost the kernel.\n"
      "\n"
      "Examples:\n"
      "  kipc coverage\n"
      "  kipc coverage --area pipe --missing");
  verb->callback([&action, arguments] { action = [arguments] { return coverage(*arguments); }; });
}

}  // namespace kipc::cli
