#include "cli/measure_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "cli/work.hpp"

namespace kipc::cli {

void add_measure_options(CLI::App& verb, MeasureWish& wish, MeasureOptions& options) {
  verb.add_option("--size", options.sizes, "Sizes of a message, such as 1,4K,64K,1M; by default a few")
      ->option_text("SIZE,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--placement", wish.placements, "one-core, two-cores, unpinned; by default all")
      ->option_text("WHERE,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"one-core", "two-cores", "unpinned"}));
  verb.add_option("--kind", options.kinds, "round-trip, one-way; by default both")
      ->option_text("KIND,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"round-trip", "one-way"}));
  auto* seconds = verb.add_option("--seconds", wish.seconds, "How long all of it may take, about; 60 by default")
                      ->option_text("S")
                      ->check(CLI::Range(0.1, 86400.0));
  verb.add_flag("--quick", options.quick, "Roughly: fewer sizes, ten seconds")->excludes(seconds);
  verb.add_option("--isolation", options.isolation, "auto, namespaces, user or none")
      ->option_text("HOW")
      ->check(CLI::IsMember({"auto", "namespaces", "user", "none"}));
  add_folders(verb, options.folders);
}

Result<MeasureReport> make_measurement(MeasureWish wish, const MeasureOptions& options) {
  for (const std::string& text : options.sizes) {
    const auto size = parse_size(text);
    if (!size) return fail("--size " + size.error().text);
    wish.sizes.push_back(*size);
  }
  for (std::string kind : options.kinds) {
    std::replace(kind.begin(), kind.end(), '-', ' ');
    wish.kinds.push_back(kind);
  }
  wish.isolation = *isolation_of(options.isolation);
  if (options.quick) {
    wish.seconds = 10;
    if (wish.sizes.empty()) wish.sizes = {4096};
  }
  const Library library = load_library(options.folders);
  if (!library.problems.empty()) return fail(library.problems.front().text());
  const auto plan = MeasurePlan::make(library, wish);
  if (!plan) return fail(plan.error().text);
  print_error(fmt::format("{} measurements, about {:.0f} s ...\n", plan->size(), wish.seconds));
  Progress progress(true);
  MeasureReport report = plan->run(wish, [&](const std::string& line) {
    if (progress.due()) progress.show(line);
  });
  progress.clear();
  return report;
}

}  // namespace kipc::cli
