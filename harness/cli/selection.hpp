// Which variants a verb is about: by id, by what they verify, by what became of them in an earlier report.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/library.hpp"
#include "engine/run.hpp"

namespace kipc::cli {

/// Kinds of choice narrow each other; of one kind, any will do. An empty kind chooses everything.
struct Selection {
  /// Ids of cases or variants, beginnings of ids up to a dot (`pipe`, `pipe.eof`), or patterns with * and ?.
  std::vector<std::string> patterns;
  std::vector<std::string> areas;                 // areas of the catalogue, or folders of cases
  std::vector<std::string> interfaces;            // read, mq_send, ...
  std::vector<std::string> assertions;            // ids or patterns
  std::optional<std::set<std::string>> variants;  // exactly these, as far as they exist
};

/// The chosen variants in the order of the library. Fails on a choice that nothing matches, with what may be meant.
Result<std::vector<Job>> select(const Library& library, const Selection& selection);

/// The variants that had one of these statuses ("FAIL") in a report, by default those that make a run exit non-zero.
Result<std::set<std::string>> variants_with(const std::string& report_path, const std::vector<std::string>& statuses);

}  // namespace kipc::cli
