#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "language/print.hpp"
#include "language/script.hpp"
#include "model/status.hpp"

namespace kipc::cli {
namespace {

struct ShowArguments {
  std::string id;
  std::vector<std::string> folders;
};

std::string need_text(const Requirement& need) {
  std::string text = need.kind;
  if (!need.name.empty()) text += " " + need.name;
  if (need.at_least != 0) text += fmt::format(" at least {}", need.at_least);
  if (!need.only_for.empty()) text += fmt::format(" (only for {})", join(need.only_for, ", "));
  return text;
}

std::string head_of(const Case& source, const Variant& variant, const Catalogue& catalogue, const Page& page) {
  std::string out = page.paint(variant.id, Colour::bold) + "\n" + page.wrap(source.title, "  ", 2);
  if (!source.why.empty()) out += page.wrap(source.why, "  why: ", 7);
  out += fmt::format("  {}:1\n\n", source.file);
  for (const std::string& id : source.asserts) {
    const Assertion* assertion = catalogue.find(id);
    const std::string text =
        assertion == nullptr ? "not in the catalogue" : fmt::format("{} ({})", assertion->statement, assertion->ref);
    out += page.wrap(text, fmt::format("  {}: ", id), 6);
  }
  return out;
}

std::string checks_text(const Program& program) {
  std::string out;
  for (const Check& check : program.checks)
    out += fmt::format("  check {} of {}{}\n", check.checker, check.channel_name,
                       check.per.empty() ? "" : " per " + check.per);
  return out.empty() ? out : "\n" + out;
}

std::string others_of(const Case& source, const Variant& variant, const Page& page) {
  std::vector<std::string> others;
  for (const Variant& other : source.variants)
    if (&other != &variant) others.push_back(other.id.substr(source.id.size()));
  if (others.empty()) return "";
  return "\n" + page.some_of(others, fmt::format("{} more variants: ", others.size()));
}

/// The case and variant of an id; the first variant for a case's own id. nullptr in both when there is none.
std::pair<const Case*, const Variant*> find(const Library& library, const std::string& id) {
  if (const Case* source = library.find(id)) return {source, &source->variants.front()};
  for (const Case& source : library.cases)
    for (const Variant& variant : source.variants)
      if (variant.id == id) return {&source, &variant};
  return {nullptr, nullptr};
}

int show(const ShowArguments& arguments) {
  const Library library = load_library(arguments.folders);
  for (const Problem& problem : library.problems) print_error(problem.text() + "\n");
  auto [source, variant] = find(library, arguments.id);
  if (source == nullptr) {
    Selection selection;
    selection.patterns = {arguments.id};
    const auto jobs = select(library, selection);
    if (!jobs) return complain(jobs.error().text), kExitUsage;
    source = jobs->front().source;
    variant = &source->variants[jobs->front().variant];
    for (const Job& job : *jobs)
      if (job.source != source)
        return complain(fmt::format("'{}' is more than one case; kipc list {} names them", arguments.id, arguments.id)),
               kExitUsage;
  }
  try {
    const auto program = compile(*source, *variant);
    const Page page = page_of(1);
    std::string out = head_of(*source, *variant, library.catalogue, page);
    for (const Requirement& need : program->needs) out += fmt::format("  requires {}\n", need_text(need));
    out += "\n";
    for (const std::string& line : trace_lines(*program)) out += line + "\n";
    print(out + checks_text(*program) + others_of(*source, *variant, page));
    return 0;
  } catch (const CaseError& error) {
    print_error(error.problem.text() + "\n");
    return kExitUsage;
  }
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("show", "A case as the strace log of it going right");
  const auto arguments = std::make_shared<ShowArguments>();
  verb->add_option("CASE", arguments->id,
                   "The id of a case or of one of its variants; the beginning of an id will do where it names one case")
      ->required();
  add_folders(*verb, arguments->folders);
  verb->footer(
      "The number before each line is its line in the case file.\n"
      "\n"
      "Examples:\n"
      "  kipc show pipe.eof.last-writer-closes\n"
      "  kipc show 'pipe.atomic.many-writers[size=1,writers=2]'");
  verb->callback([&action, arguments] { action = [arguments] { return show(*arguments); }; });
}

}  // namespace kipc::cli
