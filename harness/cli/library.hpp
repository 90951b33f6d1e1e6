// All cases at hand and the catalogue they refer to: those in this binary, and those of folders that were named, which
// add to them or take their place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "language/case.hpp"
#include "model/catalogue.hpp"
#include "model/deviation.hpp"
#include "model/node.hpp"

namespace kipc::cli {

/// A file to be read: its name in messages, and what it holds.
struct SourceText {
  std::string file;
  std::string text;
};

struct Library {
  Catalogue catalogue;
  std::vector<Deviation> deviations;  // of all platforms
  std::vector<Case> cases;            // by id
  std::vector<Problem> problems;      // of files that could not be read as a case; such files are left out

  /// The case of that id, or nullptr.
  [[nodiscard]] const Case* find(std::string_view id) const;
  /// 16 hexadecimal digits that stand for all cases: equal digests, equal questions.
  [[nodiscard]] std::string digest() const;
};

/// True for a file that holds a case: JSON, and neither an assertion, claim, guarantee, deviation or saboteur nor the
/// schema. `path` is
/// relative to the folder of cases.
bool is_case_file(std::string_view path);

/// Adds cases, each id once among `sources`; a case of an id that is there already takes its place. Problems are kept.
void add_cases(Library& library, const std::vector<SourceText>& sources);

/// The cases in this binary, then those of each folder (searched to its depths). A folder may have a catalogue of its
/// own in assertions/, and deviations/: their files take the place of those of the same name.
Library load_library(const std::vector<std::string>& folders = {});

/// The case files below a folder, or the file itself; in alphabetical order. Unreadable ones are problems.
std::vector<SourceText> read_sources(const std::string& path, std::vector<Problem>& problems);
/// The catalogue in this binary, with the files of FOLDER/assertions/ in place of those of the same name.
Catalogue load_catalogue(const std::vector<std::string>& folders, std::vector<Problem>& problems);
/// The known deviations in this binary, with the files of FOLDER/deviations/ in place of those of the same name.
std::vector<Deviation> load_deviations(const std::vector<std::string>& folders, std::vector<Problem>& problems);

}  // namespace kipc::cli
