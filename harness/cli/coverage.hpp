// How much of the catalogue the cases at hand put to the test, without running them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/library.hpp"

namespace kipc::cli {

/// Verified: a case fails when the platform breaks it. Recorded: a case notes the answer, as the standard leaves it
/// open.
enum class Covered { not_yet, recorded, verified };

/// What is so of each assertion of the catalogue. Cases that do not compile cover nothing.
std::map<std::string, Covered> cover(const Library& library);

/// One area of the catalogue, or all of them.
struct CoverageRow {
  struct Cell {
    int covered = 0;  // verified or recorded
    int all = 0;
  };
  std::string area;
  std::map<std::string, Cell> by_class;
  int verified = 0;
  int recorded = 0;
  int all = 0;
};

/// By area, alphabetical; of no area: of all. The last row sums up and is called "all".
std::vector<CoverageRow> coverage_rows(const Catalogue& catalogue, const std::map<std::string, Covered>& covered);

/// The rows as a table for a terminal or as Markdown.
std::string coverage_table(const std::vector<CoverageRow>& rows, bool markdown);

}  // namespace kipc::cli
