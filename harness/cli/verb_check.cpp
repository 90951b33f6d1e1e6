#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/lint.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/page.hpp"

namespace kipc::cli {
namespace {

/// Where the assertions/ of a case lie: beside the folder of its mechanism (cases/pipe/eof.json), or in the folder
/// given.
std::string folder_of_cases(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path;
  return std::filesystem::absolute(path, ignored).parent_path().parent_path().string();
}

int check(const std::vector<std::string>& paths) {
  Library library;
  std::vector<std::string> folders;
  for (const std::string& path : paths) folders.push_back(folder_of_cases(path));
  library.catalogue = load_catalogue(folders, library.problems);
  library.deviations = load_deviations(folders, library.problems);
  std::vector<SourceText> sources;
  for (const std::string& path : paths)
    for (SourceText& source : read_sources(path, library.problems)) sources.push_back(std::move(source));
  add_cases(library, sources);

  std::size_t variants = 0;
  std::vector<Problem> problems = library.problems;
  for (const Case& source : library.cases) {
    variants += source.variants.size();
    for (Problem& problem : case_problems(source, library.catalogue)) problems.push_back(std::move(problem));
  }
  for (const Problem& problem : problems) print(problem.text() + "\n");
  print(fmt::format("{}, {}: {}\n", count_of(sources.size(), "file"), count_of(variants, "variant"),
                    problems.empty() ? "no problem" : count_of(problems.size(), "problem")));
  return problems.empty() ? 0 : kExitUsage;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("check", "Whether case files are right, without running them");
  const auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option(
          "FILE", *paths,
          "Case files, or folders of them; assertions/ in that folder, or beside the file's, add to the catalogue")
      ->required();
  verb->footer(
      "Every variant of every case is compiled. Each problem is one line, FILE:LINE: POINTER: expected ..., got ...\n"
      "\n"
      "Examples:\n"
      "  kipc check cases/pipe/eof.json\n"
      "  kipc check cases");
  verb->callback([&action, paths] { action = [paths] { return check(*paths); }; });
}

}  // namespace kipc::cli
