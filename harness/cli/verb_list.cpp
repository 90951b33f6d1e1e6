#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"

namespace kipc::cli {
namespace {

struct ListArguments {
  Selection selection;
  std::vector<std::string> folders;
  bool variants = false;
};

int list(const ListArguments& arguments) {
  const Library library = load_library(arguments.folders);
  for (const Problem& problem : library.problems) print_error(problem.text() + "\n");
  const auto jobs = select(library, arguments.selection);
  if (!jobs) {
    complain(jobs.error().text);
    return kExitUsage;
  }
  std::string out;
  if (arguments.variants) {
    for (const Job& job : *jobs) out += job.source->variants[job.variant].id + "\n";
  } else {
    constexpr std::size_t kWidest = 44;
    std::size_t width = 0;
    for (const Job& job : *jobs)
      if (job.source->id.size() <= kWidest) width = std::max(width, job.source->id.size());
    const Page page = page_of(1);
    const Case* last = nullptr;
    for (const Job& job : *jobs)
      if (job.source != std::exchange(last, job.source))
        out += page.wrap(job.source->title, padded(job.source->id, width) + "  ", width + 2);
  }
  print(out);
  return library.problems.empty() ? 0 : kExitUsage;
}

}  // namespace

void add_list(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("list", "Which cases there are");
  const auto arguments = std::make_shared<ListArguments>();
  add_selection(*verb, arguments->selection, arguments->folders);
  verb->add_flag("--variants", arguments->variants, "The id of every variant, one a line, instead of ids and titles");
  verb->footer(
      "Examples:\n"
      "  kipc list                        all cases with their titles\n"
      "  kipc list --area mq --variants   what `kipc run --area mq` would run\n"
      "  kipc list --assertion 'pipe-read.*'");
  verb->callback([&action, arguments] { action = [arguments] { return list(*arguments); }; });
}

}  // namespace kipc::cli
