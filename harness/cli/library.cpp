#include "cli/library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "model/embedded.hpp"

namespace kipc::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAssertions = "assertions/";
constexpr std::string_view kDeviations = "deviations/";

void add_problem(std::vector<Problem>& problems, const std::string& file, std::string expected, std::string got) {
  problems.push_back(Problem{file, 1, "", std::move(expected), std::move(got), ""});
}

/// All *.json below a folder, relative to it, in alphabetical order.
std::vector<std::string> json_files(const fs::path& folder, std::vector<Problem>& problems) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".json" && !at->is_directory())
      found.push_back(at->path().lexically_relative(folder).generic_string());
  if (error) add_problem(problems, folder.string(), "a readable folder of cases", error.message());
  std::sort(found.begin(), found.end());
  return found;
}

void read_into(std::vector<SourceText>& sources, const std::string& path, std::vector<Problem>& problems) {
  auto text = read_file(path);
  if (text) {
    sources.push_back(SourceText{path, std::move(*text)});
  } else {
    add_problem(problems, path, "a readable file", text.error().text());
  }
}

/// The files of a folder beside the cases by name: those in this binary, with those of FOLDER in place of the same
/// name. Empty when no folder has any.
std::map<std::string, SourceText> overlaid(const std::vector<std::string>& folders, std::string_view below,
                                           std::vector<Problem>& problems) {
  std::map<std::string, SourceText> files;
  std::error_code error;
  for (const std::string& folder : folders) {
    const fs::path own = fs::path(folder) / below;
    if (!fs::is_directory(own, error)) continue;
    for (const std::string& file : json_files(own, problems)) {
      std::vector<SourceText> read;
      read_into(read, (own / file).string(), problems);
      if (!read.empty()) files.insert_or_assign(file, std::move(read.front()));
    }
  }
  if (files.empty()) return files;
  for (const EmbeddedFile& file : embedded_files())
    if (file.path.starts_with(below))
      files.try_emplace(std::string(file.path.substr(below.size())),
                        SourceText{"cases/" + std::string(file.path), std::string(file.content)});
  return files;
}

/// Reads each; one that cannot be read is a problem, and the others are read all the same.
template <typename Read>
void each_file(const std::map<std::string, SourceText>& files, std::vector<Problem>& problems, Read read) {
  for (const auto& [name, file] : files) {
    try {
      read(file);
    } catch (const CaseError& wrong) {
      problems.push_back(wrong.problem);
    }
  }
}

}  // namespace

bool is_case_file(std::string_view path) {
  if (!path.ends_with(".json") || path.ends_with("case.schema.json")) return false;
  constexpr std::string_view kOther[] = {kAssertions, "claims/", kDeviations, "guarantees/", "saboteurs/"};
  return std::none_of(std::begin(kOther), std::end(kOther), [&](std::string_view f) { return path.starts_with(f); });
}

const Case* Library::find(std::string_view id) const {
  const auto at = std::lower_bound(cases.begin(), cases.end(), id,
                                   [](const Case& source, std::string_view wanted) { return source.id < wanted; });
  return at != cases.end() && at->id == id ? &*at : nullptr;
}

std::string Library::digest() const {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const Case& source : cases)
    for (const char c : source.id + "=" + source.hash + "\n")
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

void add_cases(Library& library, const std::vector<SourceText>& sources) {
  std::map<std::string, Case> all;
  for (Case& source : library.cases) {
    std::string id = source.id;
    all.emplace(std::move(id), std::move(source));
  }
  std::map<std::string, std::string> fresh;  // id to file
  for (const SourceText& source : sources) {
    try {
      Case made = load_case(source.text, source.file);
      const auto [first, once] = fresh.emplace(made.id, source.file);
      if (!once) {
        const Node root = made.root();
        const Node* id = root.find("id");
        throw CaseError{Problem{source.file, id->line, id->pointer, "an id that no other case has",
                                fmt::format("'{}', as in {}", made.id, first->second), ""}};
      }
      std::string id = made.id;
      all.insert_or_assign(std::move(id), std::move(made));
    } catch (const CaseError& error) {
      library.problems.push_back(error.problem);
    }
  }
  library.cases.clear();
  for (auto& [id, source] : all) library.cases.push_back(std::move(source));
}

std::vector<SourceText> read_sources(const std::string& path, std::vector<Problem>& problems) {
  std::vector<SourceText> sources;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    read_into(sources, path, problems);
    return sources;
  }
  for (const std::string& file : json_files(path, problems))
    if (is_case_file(file)) read_into(sources, (fs::path(path) / file).string(), problems);
  return sources;
}

Catalogue load_catalogue(const std::vector<std::string>& folders, std::vector<Problem>& problems) {
  const std::map<std::string, SourceText> files = overlaid(folders, kAssertions, problems);
  if (files.empty()) return embedded_catalogue();
  Catalogue catalogue;
  each_file(files, problems, [&](const SourceText& file) { catalogue.add(file.text, file.file); });
  return catalogue;
}

std::vector<Deviation> load_deviations(const std::vector<std::string>& folders, std::vector<Problem>& problems) {
  const std::map<std::string, SourceText> files = overlaid(folders, kDeviations, problems);
  if (files.empty()) return embedded_deviations();
  std::vector<Deviation> deviations;
  each_file(files, problems, [&](const SourceText& file) {
    for (Deviation& deviation : read_deviations(file.text, file.file)) deviations.push_back(std::move(deviation));
  });
  return deviations;
}

Library load_library(const std::vector<std::string>& folders) {
  Library library;
  library.catalogue = load_catalogue(folders, library.problems);
  library.deviations = load_deviations(folders, library.problems);
  std::vector<SourceText> embedded;
  for (const EmbeddedFile& file : embedded_files())
    if (is_case_file(file.path))
      embedded.push_back(SourceText{"cases/" + std::string(file.path), std::string(file.content)});
  add_cases(library, embedded);
  for (const std::string& folder : folders) add_cases(library, read_sources(folder, library.problems));
  return library;
}

}  // namespace kipc::cli
