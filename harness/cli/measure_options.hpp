// The options that verbs with a measurement share, and making the measurement they ask for.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/measure.hpp"

namespace kipc::cli {

struct MeasureOptions {
  std::vector<std::string> folders;  // --cases
  std::vector<std::string> sizes;
  std::vector<std::string> kinds;
  std::string isolation = "auto";
  bool quick = false;
};

/// --size, --placement, --kind, --seconds, --quick, --isolation, --cases.
void add_measure_options(CLI::App& verb, MeasureWish& wish, MeasureOptions& options);

/// Makes it, and says on standard error how long that will take. Fails when the wish is wrong.
Result<MeasureReport> make_measurement(MeasureWish wish, const MeasureOptions& options);

}  // namespace kipc::cli
